import { oneOf } from "./words.ts";

export const SHELLS = ["bash", "zsh", "fish", "kubectl"] as const;
export type Shell = (typeof SHELLS)[number];
export const shell = oneOf("shell", SHELLS);

/**
 * What a shell sources. Each asks `dsaudit complete -- WORDS…` for lines "value<TAB>description" and a last line ":N", the
 * protocol that kubectl speaks with its plugins; where there is none, the shell completes files.
 */
export const completionScript = (name: Shell): string => SCRIPTS[name];

const BASH = `_dsaudit() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    [[ $line == :* ]] || COMPREPLY+=("\${line%%$'\\t'*}")
  done < <("\${COMP_WORDS[0]}" complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == */ ]] && compopt -o nospace 2>/dev/null
}
complete -o default -F _dsaudit dsaudit kubectl-dsaudit
`;

const ZSH = `#compdef dsaudit kubectl-dsaudit
_dsaudit() {
  local -a found
  local line what
  for line in "\${(@f)$("\${words[1]}" complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ $line == :* || -z $line ]] && continue
    what="\${line#*$'\\t'}"
    found+=("\${\${line%%$'\\t'*}//:/\\\\:}\${what:+:$what}")
  done
  if (( \${#found} )); then _describe dsaudit found; else _files; fi
}
compdef _dsaudit dsaudit kubectl-dsaudit
`;

const FISH = `function __dsaudit_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found ($words[1] complete -- $words[2..-1] 2>/dev/null | string match -v -r '^:')
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c dsaudit -f -a '(__dsaudit_complete)'
complete -c kubectl-dsaudit -f -a '(__dsaudit_complete)'
`;

/** kubectl runs an executable of this name beside the plugin, and reads what it prints. */
const KUBECTL = `#!/bin/sh
# Save as kubectl_complete-dsaudit in a folder of PATH, and make it executable.
exec kubectl-dsaudit complete -- "$@"
`;

const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: BASH,
  zsh: ZSH,
  fish: FISH,
  kubectl: KUBECTL,
};
