import type { Objection } from '@footfall/core/objection';

/** What is said on a page where the API refuses something. Said by the server alone. */
const sentences = {
  /**
   * An objection, where the refusal has one.
   * @param message what the API says, which is English already (OBJECTIONS)
   */
  said: (_objection: Objection | undefined, message: string) => message,
  wait: (message: string, seconds: number) =>
    `${message} Wait ${seconds === 1 ? 'a second' : `${seconds} seconds`}, then try again.`,
};

export type SentencesTexts = typeof sentences;
export default sentences;
