import type { resultsOf, RowSummary } from '../../src/lab/reproduction/summary';
import type { Row } from '../../src/lab/reproduction/tables';

/** A row of a table, and what it was made of, by seed. */
export interface MeasuredRow {
  row: Row;
  found: ReturnType<typeof resultsOf>;
  summary: RowSummary;
}
