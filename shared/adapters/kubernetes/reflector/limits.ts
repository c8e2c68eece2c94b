/** Times in milliseconds. Tests shorten them; nobody else has a reason to. */
export type Limits = {
  /**
   * No byte for so long: the connection counts as dead. Bookmarks come each minute, but for a kind at rest only where etcd is
   * asked to notify of progress; elsewhere a quiet watch is opened anew so often, and nothing is lost by it.
   */
  readonly idle: number;
  /** Objects asked for in a page. */
  readonly page: number;
  readonly pageBytes: number;
  /** Of one line of a watch. */
  readonly lineBytes: number;
  /** A list of more is of a server that never ends. */
  readonly objects: number;
  /** What a watch asks the server to live, at least and at most (seconds). */
  readonly watchSeconds: readonly [number, number];
  /** The first wait after a failure, and the longest; between them it doubles. */
  readonly backOff: readonly [number, number];
  /** A watch that lived so long was good: the next wait is the first again. */
  readonly goodAfter: number;
  /** Before a kind is asked for again that is forbidden or not served: it is in sight a minute after that has ended. */
  readonly refused: number;
  /** As long as a server may ask us to wait. */
  readonly retryAfter: number;
  /**
   * When versions expire, all who watch are told at once; they list again within this time. So long that of fifty no second
   * sees more than ten.
   */
  readonly expired: number;
  /** A watch that ends sooner and brought nothing is of a version that the server has lost. */
  readonly shortWatch: number;
  /** A watch that ends so long after the last list is followed by a list. */
  readonly resync: number;
  /** Failures for so long are told as "not seen". */
  readonly failedAfter: number;
  /** A list that is older than what was seen is refused for so long; by then the store itself was put back. */
  readonly acceptOlder: number;
  /** When of so many objects over half are missing, a second list must say so too. */
  readonly confirmFrom: number;
};

export const LIMITS: Limits = {
  idle: 75_000,
  page: 500,
  pageBytes: 64 * 1024 ** 2,
  lineBytes: 8 * 1024 ** 2,
  objects: 2_000_000,
  watchSeconds: [240, 300],
  backOff: [800, 30_000],
  goodAfter: 60_000,
  refused: 50_000,
  retryAfter: 60_000,
  expired: 15_000,
  shortWatch: 1000,
  resync: 3_600_000,
  failedAfter: 60_000,
  acceptOlder: 600_000,
  confirmFrom: 10,
};
