import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const gpuTests = [
  'tests/gpu/**/*.test.ts',
  'tests/lm/**/*.test.ts',
  'tests/cpu/agreement.test.ts',
  'tests/onnx/**/*.test.ts',
  'tests/lab/teaching/lesson.test.ts',
  'tests/workers/teaching.test.ts',
  'tests/cli/killing.test.ts',
];
/** Those that start the command line. */
const commandTests = [
  'tests/cli/{chatting,computing,fetching,generating,judging,measuring,reproducing,training}.test.ts',
];
const patience = { testTimeout: 180_000, hookTimeout: 180_000 };

export default defineConfig({
  test: {
    projects: [
      {
        plugins: [svelte()],
        test: {
          name: 'pure',
          include: ['tests/**/*.test.ts'],
          exclude: [...gpuTests, ...commandTests],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'command line',
          include: commandTests,
          globalSetup: 'tests/cli/build.ts',
          sequence: { groupOrder: 1 },
          ...patience,
        },
      },
      {
        // A process a file, one at a time: each has a device of its own, and a software adapter uses every core.
        test: {
          name: 'gpu',
          include: gpuTests,
          pool: 'forks',
          // The memory test collects garbage before it weighs the heap.
          execArgv: ['--expose-gc'],
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          ...patience,
        },
      },
    ],
  },
});
