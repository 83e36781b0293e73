import {
  MOST_ANNOTATIONS,
  MOST_AUTOMATIC,
  type Annotation,
  type EditedAnnotation,
  type Mark,
  type NewAnnotation,
} from '@footfall/core';
import type { ReadConnection } from '../connection/contract.ts';
import type { Result } from '../connection/dialect.ts';
import { answered, type Write } from '../log/write.ts';

/** The owner's annotations. Each call throws {FootfallError} SERVICE_UNAVAILABLE where the store does not answer. */
export interface AnnotationStore {
  /** All of them, the last day first. */
  readonly list: () => Promise<readonly Annotation[]>;
  /** @returns the number of the new one; undefined where there are too many already */
  readonly add: (annotation: NewAnnotation) => Promise<number | undefined>;
  /** Stores what Footfall notes by itself, once on a day; the oldest of its notes make way for it. */
  readonly note: (mark: Mark) => Promise<void>;
  /**
   * Makes it the owner's own.
   * @returns whether there is one of this number; undefined where it is not the owner's, who has too many already
   */
  readonly edit: (annotation: EditedAnnotation) => Promise<boolean | undefined>;
  /** @returns whether there was one of this number */
  readonly remove: (id: number) => Promise<boolean>;
}

const LIST = `
  select id, date, text, is_public, is_automatic from visitor_annotations order by date desc, id desc`;
const HAS_ROOM = `(select count(*) from visitor_annotations where is_automatic = 0) < ${MOST_ANNOTATIONS}`;
const ADD = `
  insert into visitor_annotations (date, text, is_public)
  select ?, ?, ?
  where ${HAS_ROOM}
  returning id`;
const NOTE = `
  insert into visitor_annotations (date, text, is_public, is_automatic)
  select ?1, ?2, 0, 1
  where not exists (
    select 1 from visitor_annotations where is_automatic = 1 and date = ?1 and text = ?2
  )`;
const MAKE_WAY = `
  delete from visitor_annotations
  where is_automatic = 1 and id not in (
    select id from visitor_annotations where is_automatic = 1 order by id desc limit ${MOST_AUTOMATIC}
  )`;
const EDIT = `
  update visitor_annotations set date = ?, text = ?, is_public = ?, is_automatic = 0
  where id = ? and (is_automatic = 0 or ${HAS_ROOM})`;
const FIND = 'select 1 from visitor_annotations where id = ?';
const REMOVE = 'delete from visitor_annotations where id = ?';

/**
 * Makes the one way to the annotations.
 * @param read for the owner, who expects to read what was just written
 */
export function annotationStore({
  read,
  write,
}: {
  readonly read: Write;
  readonly write: Write;
}): AnnotationStore {
  return {
    list: async () => annotationsOf((await answered(read, [LIST]))[0]),
    add: async (annotation) => {
      const [added] = await answered(write, [{ sql: ADD, args: valuesOf(annotation) }]);
      const id = added?.rows[0]?.['id'];
      return id === undefined ? undefined : Number(id);
    },
    note: async ({ date, text }) => {
      await answered(write, [{ sql: NOTE, args: [date, text] }, MAKE_WAY]);
    },
    edit: async ({ id, ...annotation }) => {
      const [edited, found] = await answered(write, [
        { sql: EDIT, args: [...valuesOf(annotation), BigInt(id)] },
        { sql: FIND, args: [BigInt(id)] },
      ]);
      if (edited?.rowsAffected === 1) return true;
      return found?.rows.length === 1 ? undefined : false;
    },
    remove: async (id) => {
      const [removed] = await answered(write, [{ sql: REMOVE, args: [BigInt(id)] }]);
      return removed?.rowsAffected === 1;
    },
  };
}

/** Reads those that everyone may see. */
export async function readPublicAnnotations({ batch }: ReadConnection): Promise<{
  readonly annotations: readonly Annotation[];
}> {
  const [listed] = await answered(batch, [LIST]);
  return { annotations: annotationsOf(listed).filter(({ isPublic }) => isPublic) };
}

const valuesOf = ({ date, text, isPublic }: NewAnnotation) => [date, text, isPublic ? 1n : 0n];

function annotationsOf(result: Result | undefined): Annotation[] {
  return (result?.rows ?? []).map((row) => ({
    id: Number(row['id']),
    date: row['date'] as string,
    text: row['text'] as string,
    isPublic: Number(row['is_public']) === 1,
    isAutomatic: Number(row['is_automatic'] ?? 0) === 1,
  }));
}
