import { fail } from '@sveltejs/kit';
import { changesOf } from '#lib/settings.ts';
import { formOf } from './account.ts';
import { objectionOf, sentenceIn } from './objection.ts';

/** The longest form of settings, in bytes: three lists, before and after, each byte of which may be escaped as three. */
const FORM_BYTES = 3 * 2 * 3 * 4_096;

/**
 * Saves what a form of settings has changed; or says what it would have meant, where the form has the field `preview`.
 * @returns what the form is answered: all its fields, as they were entered, with why one is refused, or what they would have
 * meant; undefined where all is saved
 */
export async function saveSettings(
  request: Request,
  { footfall, language }: Pick<App.Locals, 'footfall' | 'language'>,
) {
  const form = await formOf(request, FORM_BYTES);
  const changes = changesOf((name) => form.get(name) ?? undefined);
  const entered = Object.fromEntries(form);
  try {
    if (form.has('preview')) return { entered, preview: await footfall.settings.preview(changes) };
    if (Object.keys(changes).length > 0) await footfall.settings.set(changes);
    return undefined;
  } catch (caught) {
    const problem = objectionOf(caught);
    if (problem === undefined) throw caught;
    return fail(400, { entered, problem: await sentenceIn(language, problem) });
  }
}
