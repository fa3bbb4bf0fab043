/** No file may import itself by way of others. */
import { importsOf, inRepository } from './import-graph.js';

/** Files are read once a lint run. */
const graph = new Map();

function edges(file) {
  let files = graph.get(file);
  if (files === undefined) {
    files = importsOf(file);
    graph.set(file, files);
  }
  return files;
}

/** The shortest way from `start` back to itself, null without one. */
function circle(start) {
  const cameFrom = new Map();
  const queue = [start];
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    for (const next of edges(file)) {
      if (next === start) {
        const way = [start];
        for (let at = file; at !== start; at = cameFrom.get(at)) way.unshift(at);
        return [start, ...way];
      }
      if (!cameFrom.has(next)) {
        cameFrom.set(next, file);
        queue.push(next);
      }
    }
  }
  return null;
}

/** @type {import('eslint').Rule.RuleModule} */
export const noCircles = {
  meta: {
    type: 'problem',
    docs: { description: 'no circular imports' },
    messages: { circle: 'Circular import: {{way}}.' },
    schema: [],
  },
  create(context) {
    return {
      Program(node) {
        graph.set(context.filename, importsOf(context.filename, context.sourceCode.text));
        const way = circle(context.filename);
        if (way) context.report({ node, messageId: 'circle', data: { way: way.map(inRepository).join(' → ') } });
      },
    };
  },
};
