/** A response that no Footfall server sends. */
export class UnexpectedResponse extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.name = 'UnexpectedAnswer';
    this.status = status;
  }
}
