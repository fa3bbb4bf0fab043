#!/usr/bin/env node
/** Entry of the installed package; in a checkout it is waltz.mjs. */
import { main } from './main';

process.exitCode = await main(process.argv.slice(2));
