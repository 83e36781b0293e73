/** The browser that sends a password. */
export interface SignInClient {
  /** For limits; never stored or logged. */
  readonly address: string;
  readonly userAgent: string;
}
