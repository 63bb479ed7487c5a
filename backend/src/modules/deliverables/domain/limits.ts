/** Files in one submission. */
export const MAX_FILES = 64;
/** Bytes of all files of a project. */
export const PROJECT_QUOTA = 20 * 2 ** 30;
