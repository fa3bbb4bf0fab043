/**
 * `npm test`: installs what is missing, runs every suite even when one fails, and prints as its last line
 * `N passed, N failed`, where each check and each test counts as one. What this machine cannot run is told before it.
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
  endToEnd('end to end', ['webgpu', 'cpu']),
  endToEnd('firefox', ['firefox']),
  // It builds once more, so it comes last.
  endToEnd('package', ['package']),
];

/** Projects of playwright.config.ts as a suite. */
function endToEnd(name, projects) {
  return {
    name,
    command: ['@playwright/test/cli.js', 'test', ...projects.map((project) => `--project=${project}`)],
    report: () => {
      const { stats, errors } = readReport(`${name}.json`);
      return { passed: stats.expected + stats.flaky, failed: stats.unexpected + errors.length, skipped: stats.skipped };
    },
  };
}

function readReport(file) {
  return JSON.parse(readFileSync(`${reports}/${file}`, 'utf8'));
}

/** Tests that this machine cannot run are counted too, where there are any. */
function counts({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`;
}

/** A suite that breaks before it reports, or fails for a reason outside its tests, is one failure. */
function runSuite({ name, command: [script, ...args], report }) {
  console.log(`\n── ${name}`);
  const begun = Date.now();
  const env = { ...environment(), FORCE_COLOR: '0', PLAYWRIGHT_JSON_OUTPUT_NAME: `${reports}/${name}.json` };
  const { status } = spawnSync(process.execPath, [`${root}node_modules/${script}`, ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env,
  });
  let result = { passed: status === 0 ? 1 : 0, failed: 0, skipped: 0 };
  if (report) {
    try {
      result = { ...result, ...report() };
    } catch {
      result = { passed: 0, failed: 1, skipped: 0 };
    }
  }
  if (status !== 0 && result.failed === 0) result.failed = 1;
  console.log(`── ${name}: ${counts(result)} (${((Date.now() - begun) / 1000).toFixed(0)} s)`);
  return result;
}

ensureInstalled();
provision();
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });
const results = suites.map(runSuite);
const sum = (key) => results.reduce((total, result) => total + result[key], 0);
const total = { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
process.exitCode = total.failed === 0 ? 0 : 1;
if (total.skipped > 0) console.log(`\n${total.skipped} skipped: this machine cannot run them`);
console.log(`\n${total.passed} passed, ${total.failed} failed`);
