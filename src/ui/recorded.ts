import { parseRecordedRun, RecordedRunError, type RecordedRun } from '../lab/run/recorded-run';

/** Fetches the recorded run that the page ships with. @throws RecordedRunError */
export async function loadRecordedRun(base: string = import.meta.env.BASE_URL): Promise<RecordedRun> {
  const response = await fetch(`${base}recorded.json`);
  if (!response.ok) throw new RecordedRunError(`No recorded run is shipped with this page (${response.status}).`);
  let value: unknown;
  try {
    value = await response.json();
  } catch {
    throw new RecordedRunError('The recorded run is not JSON. Make it again.');
  }
  return parseRecordedRun(value);
}
