/** An answer that no Footfall server gives. */
export class UnexpectedResponse extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.name = 'UnexpectedAnswer';
    this.status = status;
  }
}
