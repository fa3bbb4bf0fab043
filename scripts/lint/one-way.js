/**
 * Imports point one way: ui → workers/protocol → lab → waltz → (Agent) ← lm → gpu; world, tokenizer, checkpoint,
 * statistics and random lean on nothing above them (README.md, Map).
 */
import { inRepository, resolveImport } from './import-graph.js';

const engineAndBelow = [
  'src/waltz',
  'src/lm',
  'src/onnx',
  'src/gpu',
  'src/checkpoint',
  'src/world',
  'src/tokenizer',
  'src/statistics',
  'src/random',
];

/**
 * What each room may import, besides itself: `values` in any way, `types` only erased. A path names a folder or, without
 * its extension, a file.
 */
const rooms = {
  'src/random': { values: [] },
  'src/statistics': { values: ['src/random'] },
  'src/tokenizer': { values: [] },
  'src/world': { values: ['src/random', 'src/tokenizer'] },
  'src/gpu': { values: [] },
  'src/waltz': { values: ['src/random', 'src/statistics', 'src/world', 'src/tokenizer'] },
  'src/lm': { values: ['src/gpu', 'src/random'], types: ['src/waltz/agent'] },
  'src/onnx': { values: ['src/random', 'src/lm/requests'], types: ['src/lm/config', 'src/waltz/agent'] },
  'src/checkpoint': { values: ['src/lm/config', 'src/lm/layout', 'src/lm/state', 'src/tokenizer'] },
  'src/lab': { values: engineAndBelow },
  // The page knows the vocabulary of a run (its config, measurements and recording, sets and outcomes, how prompts name
  // things, the paper's figures and claim), and a running one through the protocol alone.
  'src/ui': {
    values: [
      ...[
        'src/lab/claim',
        'src/lab/config',
        'src/lab/measured',
        'src/lab/recorded-run',
        'src/statistics',
        'src/waltz/paper',
        'src/waltz/rollout',
        'src/world/world',
        'src/world/aliases',
      ],
      'workers/protocol',
      'workers/floor/protocol',
      'workers/teaching/protocol',
      'workers/calls',
    ],
    types: ['src'],
  },
  workers: { values: ['src/lab', 'package', ...engineAndBelow] },
  cli: { values: ['src/lab', 'scripts', 'package', ...engineAndBelow] },
};

/** @type {import('eslint').Rule.RuleModule} */
export const oneWay = {
  meta: {
    type: 'problem',
    docs: { description: 'imports between rooms point one way' },
    messages: { against: '{{room}} must not import {{target}}: imports point one way (scripts/lint/one-way.js).' },
    schema: [],
  },
  create(context) {
    const file = inRepository(context.filename);
    const room = Object.keys(rooms).find((name) => file.startsWith(`${name}/`));
    if (room === undefined) return {};
    const { values, types = [] } = rooms[room];

    function check(node) {
      if (!node.source || typeof node.source.value !== 'string') return;
      const resolved = resolveImport(context.filename, node.source.value);
      if (resolved === null) return;
      const target = inRepository(resolved);
      const erased = node.importKind === 'type' || node.exportKind === 'type';
      const allowed = [room, ...values, ...(erased ? types : [])];
      if (allowed.some((path) => target.startsWith(`${path}/`) || target.startsWith(`${path}.`))) return;
      context.report({ node, messageId: 'against', data: { room, target } });
    }
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
    };
  },
};
