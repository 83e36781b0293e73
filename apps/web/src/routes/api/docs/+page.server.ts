import { HTTP_STATUS, type ErrorCode } from '@footfall/core/errors';
import { readApi } from '#lib/openapi.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals }) => {
  const api = readApi(locals.openApi?.() ?? {});
  return {
    api: {
      ...api,
      errors: api.errors.map((error) => ({ ...error, status: HTTP_STATUS[error.code as ErrorCode] })),
    },
  };
};
