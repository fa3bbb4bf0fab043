/** What crosses between the page and the worker that downloads models: calls, each answered once, and its news. */
import type { DownloadProgress } from '../../src/hub/download';
import type { Listing } from '../../src/hub/list-model';
import type { DownloadPlan } from '../../src/hub/remote-file';
import type { OfferedFile } from '../../src/lab/import/read';

export type { DownloadPlan, DownloadProgress, OfferedFile };

/** How the Hub is reached. The token is kept in memory only. */
export interface HubChoice {
  hub: string;
  token: string;
}

export interface ListedModel extends Omit<Listing, 'options'> {
  options: ListedOption[];
}

export interface ListedOption {
  plan: DownloadPlan;
  /** Of all files; null where a host does not say. */
  bytes: number | null;
  /** Why it could not be taken in after it was downloaded, ''. */
  obstacle: string;
}

/** A model in this browser, or as much of it as came so far. */
export interface KeptDownload {
  model: string;
  plan: DownloadPlan;
  /** Bytes that are there. */
  bytes: number;
  /** Of all files; null where a host does not say. */
  total: number | null;
  /** All of it is there, and was found right. */
  complete: boolean;
}

export interface HubCalls {
  'hub.list': { asked: HubChoice & { address: string }; answer: ListedModel };
  /** Answered when all is there, or when it was cancelled: what came is kept. */
  'hub.download': { asked: HubChoice & { plan: DownloadPlan }; answer: KeptDownload };
  /** Ends what is being listed or downloaded. */
  'hub.cancel': { asked: object; answer: null };
  /** Newest first. */
  'hub.kept': { asked: object; answer: KeptDownload[] };
  /** Files of a model that is complete, as they are taken in. */
  'hub.files': { asked: { model: string }; answer: OfferedFile[] };
  'hub.remove': { asked: { model: string }; answer: null };
}

export type HubNews = { kind: 'progress'; progress: DownloadProgress };
