import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const gpuTests = [
  'tests/gpu/**/*.test.ts',
  'tests/lm/**/*.test.ts',
  'tests/cpu/agreement.test.ts',
  'tests/onnx/**/*.test.ts',
  'tests/lab/teaching/lesson.test.ts',
  'tests/workers/teaching.test.ts',
  'tests/cli/{training,killing,reproducing,generating,measuring,computing}.test.ts',
];

export default defineConfig({
  test: {
    projects: [
      {
        plugins: [svelte()],
        test: { name: 'pure', include: ['tests/**/*.test.ts'], exclude: gpuTests, testTimeout: 20_000 },
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
          sequence: { groupOrder: 1 },
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
