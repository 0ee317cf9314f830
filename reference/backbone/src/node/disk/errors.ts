/** Why a folder cannot be opened as a store. Each error names the folder or file, and what its operator can do. */

/** Somebody has the folder open. */
export class DirectoryInUseError extends Error {
  override readonly name = 'DirectoryInUseError';
  readonly code = 'DIRECTORY_IN_USE';
  readonly directory: string;

  constructor(directory: string) {
    super(
      `${directory} is in use by another process, or by another backbone of this one. One folder has one owner: end it first, or choose another folder.`,
    );
    this.directory = directory;
  }
}

/** The folder is not one that files can be read from and written to. Nothing in it was changed. */
export class DirectoryUnusableError extends Error {
  override readonly name = 'DirectoryUnusableError';
  readonly code = 'DIRECTORY_UNUSABLE';
  readonly directory: string;

  constructor(directory: string, problem: string, options?: ErrorOptions) {
    super(`${directory} cannot be used as a store: ${problem}`, options);
    this.directory = directory;
  }
}

/** A file of the store is not what was written there, or was written by something else. Nothing in it was changed. */
export class StoreDamagedError extends Error {
  override readonly name = 'StoreDamagedError';
  readonly code = 'STORE_DAMAGED';
  /** The file that the damage was found in. */
  readonly file: string;

  /** `problem` is a part of a sentence: what is wrong with the file. */
  constructor(
    file: string,
    problem: string,
    advice = 'Restore a backup into a new folder, or choose an empty folder.',
    options?: ErrorOptions,
  ) {
    super(`${file} is damaged: ${problem}. ${advice}`, options);
    this.file = file;
  }
}

/** A record that was read is not the one that was written there. It is told to nobody but the store's own code. */
export class DamagedRecord extends Error {
  override readonly name = 'DamagedRecord';
}
