import * as z from 'zod';
import { objection } from './objection.ts';
import { must } from './refused.ts';
import { plainText } from './text.ts';

/** The most bytes of a character. */
const CHARACTER_BYTES = 4;

/** One line of plain text, in an owner's words. */
export const lineSchema = (name: string, characters: number) =>
  z
    .string(`${name} must be a string`)
    .max(characters, `${name} must be at most ${characters} characters`)
    .transform((text) => plainText(text.replaceAll(/\s+/g, ' '), CHARACTER_BYTES * characters))
    .refine((text) => text !== '', must(name, objection('unseen')));
