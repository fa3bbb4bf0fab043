/**
 * Does `work` for places 0 to `count` − 1, at most `most` at once and in their order. After one has failed no other is begun;
 * those under way are waited for, and the first failure is thrown.
 */
export async function inParallel(count: number, most: number, work: (at: number) => Promise<void>): Promise<void> {
  let next = 0;
  const failures: unknown[] = [];
  const line = async () => {
    while (next < count && failures.length === 0) {
      try {
        await work(next++);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, count) }, line));
  if (failures.length > 0) throw failures[0];
}
