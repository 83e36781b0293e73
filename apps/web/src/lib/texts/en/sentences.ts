/** Sentences of the API that a page shows: they are English, so there is nothing to translate. Said by the server alone. */
const sentences = {
  /** By the English sentence, in which each number is a `#` and each quotation “…”. */
  known: (sentence: string): string | undefined => sentence,
  wait: (message: string, seconds: number) =>
    `${message} Wait ${seconds === 1 ? 'a second' : `${seconds} seconds`}, then try again.`,
};

export type SentencesTexts = typeof sentences;
export default sentences;
