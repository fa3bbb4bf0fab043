/**
 * `npm test`: installs what is missing, runs every suite even when one fails, and prints as its last line
 * `N passed, N failed`, where each check and each test counts as one.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from './install.mjs';
import { environment, provision } from './provision.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const reports = `${root}.cache/reports`;

/** Suites in order; the end-to-end tests need the build. `report` counts the tests of a JSON report. */
const suites = [
  { name: 'format', command: ['prettier/bin/prettier.cjs', '--check', '.', '--log-level', 'warn'] },
  { name: 'lint', command: ['eslint/bin/eslint.js', '.'] },
  { name: 'types', command: ['typescript/bin/tsc', '--noEmit', '-p', '.'] },
  { name: 'components', command: ['svelte-check/bin/svelte-check', '--fail-on-warnings', '--output', 'human'] },
  {
    name: 'unit and gpu',
    command: [
      'vitest/vitest.mjs',
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${reports}/vitest.json`,
    ],
    report: () => {
      const { numPassedTests, numFailedTests, testResults } = readReport('vitest.json');
      // A file that does not load has no tests to fail.
      const unloaded = testResults.filter(
        (file) => file.status === 'failed' && file.assertionResults.length === 0,
      ).length;
      return { passed: numPassedTests, failed: numFailedTests + unloaded };
    },
  },
  { name: 'build', command: ['vite/bin/vite.js', 'build', '--logLevel', 'warn'] },
  {
    name: 'end to end',
    command: ['@playwright/test/cli.js', 'test'],
    report: () => {
      const { stats, errors } = readReport('playwright.json');
      return { passed: stats.expected + stats.flaky, failed: stats.unexpected + errors.length };
    },
  },
];

function readReport(file) {
  return JSON.parse(readFileSync(`${reports}/${file}`, 'utf8'));
}

/** A suite that breaks before it reports, or fails for a reason outside its tests, is one failure. */
function runSuite({ name, command: [script, ...args], report }) {
  console.log(`\n── ${name}`);
  const begun = Date.now();
  const env = { ...environment(), FORCE_COLOR: '0', PLAYWRIGHT_JSON_OUTPUT_NAME: `${reports}/playwright.json` };
  const { status } = spawnSync(process.execPath, [`${root}node_modules/${script}`, ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env,
  });
  let { passed, failed } = { passed: status === 0 ? 1 : 0, failed: 0 };
  if (report) {
    try {
      ({ passed, failed } = report());
    } catch {
      passed = 0;
      failed = 1;
    }
  }
  if (status !== 0 && failed === 0) failed = 1;
  console.log(`── ${name}: ${passed} passed, ${failed} failed (${((Date.now() - begun) / 1000).toFixed(0)} s)`);
  return { passed, failed };
}

ensureInstalled();
provision();
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });
const results = suites.map(runSuite);
const passed = results.reduce((sum, result) => sum + result.passed, 0);
const failed = results.reduce((sum, result) => sum + result.failed, 0);
process.exitCode = failed === 0 ? 0 : 1;
console.log(`\n${passed} passed, ${failed} failed`);
