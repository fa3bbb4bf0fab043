import { existsSync } from 'node:fs';
import { ModelAddressError, parseModelAddress, type ModelAddress } from '../src/hub/model-address';
import { hubEndpoint } from './fetch';
import { ModelCache } from './model-cache';

/** A model was named that is not on this machine. */
export class NotFetchedError extends Error {
  override name = 'NotFetchedError';
}

/**
 * The path of a model: one that exists, or of a model that was fetched. What is neither a path nor a model's name stays as it
 * is, for the readers to refuse. Nothing is fetched. @throws {NotFetchedError}
 */
export function modelPath(operand: string, cache = new ModelCache()): string {
  if (existsSync(operand)) return operand;
  const address = addressOf(operand);
  if (!address) return operand;
  const path = cache.find(address);
  if (path !== null) return path;
  throw new NotFetchedError(
    `There is no file or folder ${operand}, and no model of that name was fetched. To fetch it: waltz fetch ${operand}`,
  );
}

function addressOf(operand: string): ModelAddress | null {
  try {
    return parseModelAddress(operand, hubEndpoint());
  } catch (error) {
    if (error instanceof ModelAddressError) return null;
    throw error;
  }
}
