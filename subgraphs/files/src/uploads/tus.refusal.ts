/** A refusal with the status and text of its response, in the form that the tus server reads. */
export class TusRefusal extends Error {
  readonly status_code: number;
  readonly body: string;

  constructor({ status_code: status, body }: { status_code: number; body: string }) {
    super(body.trim());
    this.name = 'TusRefusal';
    this.status_code = status;
    this.body = body;
  }
}
