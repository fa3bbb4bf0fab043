import { describeBackend } from '../model/backend-contract';
import { openCpu } from './open';

describeBackend('the processor', () => Promise.resolve(openCpu()));
