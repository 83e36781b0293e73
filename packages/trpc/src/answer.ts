/** An answer that no Footfall server gives. */
export class UnexpectedAnswer extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.name = 'UnexpectedAnswer';
    this.status = status;
  }
}
