/** No font, image or script from anywhere: the page is read in mail attachments and behind air gaps. */
export const STYLE = `
:root { color-scheme: light dark; --text: #1a1a1a; --back: #fff; --faint: #595959; --line: #d0d0d0;
  --critical: #a8321a; --warning: #7a5200; --info: #00567d; --good: #dfe6e2; }
@media (prefers-color-scheme: dark) { :root { --text: #eee; --back: #161616; --faint: #b0b0b0; --line: #444;
  --critical: #ff9a7d; --warning: #f0c36a; --info: #82c8f0; --good: #33413a; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back);
  max-width: 70rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.3rem; margin-top: 2.5rem; } h3 { font-size: 1rem; margin: 2rem 0 .25rem; }
table { border-collapse: collapse; width: 100%; } caption { text-align: left; color: var(--faint); }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
pre, code { font: .9em ui-monospace, monospace; } pre { overflow-x: auto; padding: .5rem; border: 1px solid var(--line); }
.critical { color: var(--critical); } .warning { color: var(--warning); } .info { color: var(--info); }
.faint { color: var(--faint); } .map { letter-spacing: .15em; }
@media print { body { max-width: none; } section { break-inside: avoid; } }
`;
