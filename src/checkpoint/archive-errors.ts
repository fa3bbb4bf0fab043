/** Why an archive was refused. Nothing was changed when one of these is thrown. */
export class ArchiveError extends Error {
  override name = 'ArchiveError';
}

/** Not a zip, or a zip of something else. */
export class NotAnArchiveError extends ArchiveError {
  override name = 'NotAnArchiveError';
}

/** A `.waltz` archive with a part that is missing, changed or senseless. */
export class ArchiveDamagedError extends ArchiveError {
  override name = 'ArchiveDamagedError';
}

/** It would take more memory than an honest archive does. */
export class ArchiveTooLargeError extends ArchiveError {
  override name = 'ArchiveTooLargeError';
}

/** Written by another version of this program. */
export class ArchiveVersionError extends ArchiveError {
  override name = 'ArchiveVersionError';

  constructor(what: 'format' | 'config', found: number, known: number) {
    const remedy =
      found > known ? 'Reload the page to get its newest version' : 'Open it with the version that wrote it';
    super(`This archive's ${what} is version ${found}; this page reads version ${known}. ${remedy}.`);
  }
}
