import svelte from 'eslint-plugin-svelte';
import { defineConfig, globalIgnores } from 'eslint/config';
import ts from 'typescript-eslint';
import { noCircles } from './scripts/lint/no-circles.js';
import { oneWay } from './scripts/lint/one-way.js';

const house = { rules: { 'one-way': oneWay, 'no-circles': noCircles } };

export default defineConfig(
  globalIgnores(['dist/', 'dist-cli/', '.cache/', 'results/', 'test-results/', 'playwright-report/', 'public/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.{ts,svelte,js,mjs}'],
    plugins: { house },
    rules: {
      'house/one-way': 'error',
      'house/no-circles': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
    },
  },
  {
    files: ['**/*.ts', '**/*.svelte'],
    extends: [ts.configs.strictTypeChecked, svelte.configs.recommended],
    languageOptions: {
      parserOptions: { projectService: true, extraFileExtensions: ['.svelte'], parser: ts.parser },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // Typed arrays and records are indexed everywhere, and the compiler takes an element to be there.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/restrict-plus-operands': ['error', { allowNumberAndString: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Sets and maps that nothing renders from are plain ones.
      'svelte/prefer-svelte-reactivity': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  // The command line and the scripts speak through the console.
  { files: ['scripts/**', 'cli/**', 'bench/**'], rules: { 'no-console': 'off' } },
);
