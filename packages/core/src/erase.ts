/** What an owner types to delete everything. */
export const ERASE_ALL = 'delete everything';
