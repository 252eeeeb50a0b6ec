/** The organizations dialect's objects, as far as the command line reads them. */

export interface TaskView {
  /** 24 hex digits. */
  readonly id: string;
  readonly status: 'pending' | 'inProgress' | 'completed' | 'failed';
  readonly action: string;
  readonly config: TaskConfig;
  /** Its report is what would have become of the lines. */
  readonly dryRun?: true;
  readonly file?: { readonly originalName: string; readonly size: number; readonly checksum?: string };
  readonly report: ReportView;
  /** Bytes of the file that are done with. */
  readonly progress?: { readonly processedBytes: number; readonly totalBytes: number };
  /** Held until it is resumed. */
  readonly paused?: boolean;
  readonly error?: string;
  readonly createdBy?: { readonly id: string };
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface TaskConfig {
  readonly override?: boolean;
  readonly mapping?: Readonly<Record<string, string>>;
  readonly constants?: Readonly<Record<string, string>>;
  readonly dateFormat?: string;
  readonly formats?: Readonly<Record<string, string>>;
  readonly missingValues?: readonly string[];
  readonly allowShortRows?: true;
  readonly encoding?: string;
  readonly dryRun?: true;
}

export interface ReportView {
  readonly numItems: number;
  readonly numInserts: number;
  readonly numUpdates: number;
  readonly numSkips: number;
  readonly numErrors: number;
  readonly erroredLines?: readonly { readonly line: number; readonly column?: string; readonly reason: string }[];
  readonly warnings?: readonly string[];
}

export interface TaskPage {
  readonly items: readonly TaskView[];
  readonly totalDocs: number;
  readonly page: number;
  readonly totalPages: number;
  readonly hasNextPage: boolean;
}

/** Whether nothing will change any more. */
export function isOver({ status }: TaskView): boolean {
  return status === 'completed' || status === 'failed';
}
