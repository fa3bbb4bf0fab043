/** The worker that writes everything that is kept into one zip, whatever is being trained meanwhile. */
import { RunStore } from '../../src/checkpoint/store';
import { MeasurementStore } from '../../src/lab/measure/measurement-store';
import { runFormat } from '../../src/lab/run/run-format';
import { answerCalls } from '../answering';
import type { BackupCalls, BackupNews } from '../protocol/backup';
import { ReproductionStore } from '../trainer/reproduction/store';
import { openModelStores } from '../storage/stores';
import { makeBackup } from './make';

const ports = {
  runs: new RunStore(runFormat),
  guests: openModelStores().guests,
  reproductions: new ReproductionStore(),
  measurements: new MeasurementStore(),
  tell: (news: BackupNews) => tell(news),
};
const tell: (news: object) => void = answerCalls<BackupCalls>(({ texts }) => makeBackup(texts, ports));
