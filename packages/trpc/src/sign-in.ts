/** The browser that sends a password. */
export interface SignInClient {
  /** For limits; never stored or logged. */
  readonly address: string;
  readonly userAgent: string;
}

/** A new session. */
export interface SignedIn {
  /** The secret of the session: it is in the browser's cookie, and its hash alone in the store. */
  readonly token: string;
}
