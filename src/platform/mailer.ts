/** A mail to one recipient, as text and as HTML. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

interface MailerDeps {
  readonly binding: SendEmail;
  /** The sender's address. */
  readonly from: string;
}

export class Mailer {
  constructor(private readonly deps: MailerDeps) {}

  async send(mail: Mail): Promise<void> {
    await this.deps.binding.send({ from: { email: this.deps.from, name: "Ensemble" }, ...mail });
  }
}
