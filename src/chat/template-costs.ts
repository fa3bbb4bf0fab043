/** What of a template may take more time or room than its size tells, found before it is rendered. */

/** A node of the library's syntax tree; expressions and statements are told by their `type`. */
interface Node {
  type: string;
  [part: string]: unknown;
}

export interface TemplateCosts {
  /** Nodes whose value is written out, compared or ordered as text → how often each of its characters is looked at. */
  spelled: ReadonlyMap<unknown, number>;
  /** Calls and filters that can make a text longer than what goes in → and what goes into them. */
  growing: ReadonlySet<unknown>;
  factors: ReadonlySet<unknown>;
  /** How far a text is moved in. */
  indents: ReadonlySet<unknown>;
  /** What is looked through whole each time that it is come to → its nodes. */
  sizes: ReadonlyMap<unknown, number>;
  /** Every name in it: the library throws and catches an error at each use of one that nothing has. */
  names: ReadonlySet<string>;
}

/** About as often as sorting looks at each item. */
const SORTING = 32;
const written: Readonly<Record<string, number>> = {
  ...{ tojson: 1, string: 1, join: 1, selectattr: 1, rejectattr: 1, replace: 1, indent: 1 },
  ...{ sort: SORTING, dictsort: SORTING, unique: 1 },
};
const growers = new Set(['replace', 'join']);
const blocks = ['body', 'alternate', 'defaultBlock'];

export function costsOf(program: unknown): TemplateCosts {
  const spelled = new Map<unknown, number>();
  const growing = new Set<unknown>();
  const factors = new Set<unknown>();
  const indents = new Set<unknown>();
  const sizes = new Map<unknown, number>();
  const names = new Set<string>();

  const call = (node: Node, name: string | null, operand: unknown, args: unknown) => {
    const values = (args as Node[]).map(valueOf);
    for (const value of values) spelled.set(value, 1);
    if (name === 'tojson' || name === 'indent') for (const value of values) indents.add(value);
    if (name !== null && !growers.has(name)) return;
    growing.add(node);
    if (isNode(operand)) factors.add(operand);
    // Of what is replaced and by what, only the latter makes it longer.
    for (const value of values.slice(name === 'replace' ? 1 : 0)) factors.add(value);
  };
  /** Number of nodes in it. */
  const walk = (value: unknown): number => {
    if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + walk(item), 0);
    if (value instanceof Map) return walk([...value.entries()]);
    if (!isNode(value)) return 0;
    for (const block of blocks) {
      if (Array.isArray(value[block])) for (const statement of value[block]) spelled.set(statement, 1);
    }
    if (value.type === 'Identifier') names.add(nameOf(value)!);
    if (value.type === 'BinaryExpression' && !['and', 'or'].includes(nameOf(value.operator) ?? '')) {
      spelled.set(value.left, 1).set(value.right, 1);
    } else if (value.type === 'FilterExpression' || value.type === 'FilterStatement') {
      const filter = value.filter as Node;
      const name = nameOf(filter.type === 'CallExpression' ? filter.callee : filter) ?? '';
      if (Object.hasOwn(written, name)) spelled.set(value.operand, written[name]);
      if (filter.type === 'CallExpression') call(value, name, value.operand, filter.args);
    } else if (value.type === 'CallExpression') {
      const callee = value.callee as Node;
      const property = callee.computed ? null : nameOf(callee.property ?? callee);
      call(value, property, callee.object, value.args);
    }
    const size = 1 + Object.values(value).reduce((sum: number, part) => sum + walk(part), 0);
    if (value.type === 'Macro' || value.type === 'CallStatement') sizes.set(value, size);
    return size;
  };
  walk(program);
  return { spelled, growing, factors, indents, sizes, names };
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}

/** What of an argument is evaluated. */
function valueOf(argument: Node): Node {
  const inner = argument.type === 'KeywordArgumentExpression' ? argument.value : argument.argument;
  return /^(?:KeywordArgument|Spread|KeywordSpread)Expression$/.test(argument.type) ? (inner as Node) : argument;
}

/** Of an identifier or a token. */
function nameOf(node: unknown): string | null {
  const { value } = (node ?? {}) as { value?: unknown };
  return typeof value === 'string' ? value : null;
}

/** About how many characters a value comes to where it is written out, counted no further than `most`. */
export function weigh(value: unknown, most: number): number {
  let weight = 0;
  const rest: { value: unknown; depth: number }[] = [{ value, depth: 0 }];
  for (let next = rest.pop(); next !== undefined && weight <= most; next = rest.pop()) {
    const { value, depth } = next;
    if (typeof value === 'string') weight += value.length;
    // Written over several lines, each item is moved in.
    weight += 2 + 8 * depth;
    const items = Array.isArray(value) ? value : value instanceof Map ? [...value].flat() : [];
    if (items.length > most) return Infinity;
    for (const item of items)
      rest.push({ value: (item as { value?: unknown } | null)?.value ?? item, depth: depth + 1 });
  }
  return weight;
}
