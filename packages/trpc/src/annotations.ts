import {
  annotationsIn,
  type FootfallError,
  MOST_ANNOTATIONS,
  type Annotation,
  type AnnotationRange,
  type EditedAnnotation,
  type Mark,
  type NewAnnotation,
  objection,
  refused,
} from '@footfall/core';
import type { AppContext } from './context.ts';

/** The owner's annotations of a range of local days, the last first. */
export async function listAnnotations(
  range: AnnotationRange,
  { store }: AppContext,
): Promise<readonly Annotation[]> {
  return annotationsIn(await store.annotations.list(), range);
}

/** Those of them that everyone may see, without their numbers. */
export async function publicAnnotations(
  range: AnnotationRange,
  { store, now }: AppContext,
): Promise<readonly Mark[]> {
  const { annotations } = await store.publicAnnotations(now());
  return annotationsIn(annotations, range).map(({ date, text }) => ({ date, text }));
}

/** @throws {FootfallError} BAD_REQUEST where there are too many already; SERVICE_UNAVAILABLE */
export async function addAnnotation(annotation: NewAnnotation, { store }: AppContext): Promise<Annotation> {
  const id = await store.annotations.add(annotation);
  if (id === undefined) throw tooMany();
  return { id, ...annotation, isAutomatic: false };
}

/** @throws {FootfallError} NOT_FOUND; BAD_REQUEST as `addAnnotation` does, where it becomes the owner's; SERVICE_UNAVAILABLE */
export async function editAnnotation(
  annotation: EditedAnnotation,
  { store }: AppContext,
): Promise<Annotation> {
  const isEdited = await store.annotations.edit(annotation);
  if (isEdited === undefined) throw tooMany();
  if (!isEdited) throw notFound();
  return { ...annotation, isAutomatic: false };
}

/** @throws {FootfallError} NOT_FOUND; SERVICE_UNAVAILABLE */
export async function removeAnnotation(id: number, { store }: AppContext): Promise<{ readonly id: number }> {
  if (!(await store.annotations.remove(id))) throw notFound();
  return { id };
}

const tooMany = (): FootfallError => refused('BAD_REQUEST', objection('many-annotations', MOST_ANNOTATIONS));

const notFound = (): FootfallError => refused('NOT_FOUND', objection('no-annotation'));
