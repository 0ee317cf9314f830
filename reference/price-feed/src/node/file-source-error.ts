/** A recorded file that cannot be read, or not any further. */
export class FileSourceError extends Error {
  readonly code = 'FILE';

  constructor(message: string) {
    super(message);
    this.name = 'FileSourceError';
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'this process may not read it',
  EPERM: 'this process may not read it',
  EISDIR: 'it is not a file',
  EMFILE: 'this process has too many files open',
};

/** What the system says of a file, in words for people; the system's own text stands in brackets. */
export function wordsForFile(path: string, error: NodeJS.ErrnoException): string {
  const words = WORDS[error.code ?? ''];
  return `${path} cannot be read: ${words === undefined ? error.message : `${words} (${error.message})`}.`;
}
