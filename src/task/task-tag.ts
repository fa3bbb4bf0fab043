/** A task at one of its levels, as configs name it. */
export interface TaskChoice {
  name: string;
  /** Difficulty. */
  level: string;
}

/** Which task a run or a measurement is of. Prompts and labels of another tag are others. */
export interface TaskTag extends TaskChoice {
  /** Raised whenever a prompt, a label or a split changes. */
  version: number;
  /** Hash of what the prompts are made of; '' where a file of version 0.2.0 says none. */
  hash: string;
}

export function isSameChoice(a: TaskChoice, b: TaskChoice): boolean {
  return a.name === b.name && a.level === b.level;
}

/** Whether two tags are of the same prompts and labels. A tag without a hash is held to its version alone. */
export function isSameTask(a: TaskTag, b: TaskTag): boolean {
  const sameContent = a.hash === b.hash || a.hash === '' || b.hash === '';
  return isSameChoice(a, b) && a.version === b.version && sameContent;
}
