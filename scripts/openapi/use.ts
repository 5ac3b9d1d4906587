// What a client generated from the contract must allow, and what it must not.
import type { components, operations, paths } from './client';

type Schemas = components['schemas'];

export const submission: Schemas['RenderSubmission'] = {
  scene: 'sample:cornell-box',
  camera: { orbit: { target: [0, 0.3, 0], theta_deg: 30 } },
  background: [1, 0.5, 0],
  format: 'exr',
  webhook: { url: 'https://example.org', events: ['job.succeeded'] },
};

export const batch: Schemas['BatchRequest'] = { scene: 'sample:cornell-box', turntable: { frames: 36 } };

// @ts-expect-error: there is no such format
export const wrong: Schemas['RenderSubmission'] = { scene: 'sample:cornell-box', format: 'gif' };

/** `kind` tells a job from a batch, and the compiler knows it. */
export function place(status: Schemas['JobOrBatch']): number | null {
  return status.kind === 'job' ? status.position : status.job_count;
}

export type Accepted = paths['/render']['post']['responses'][202]['content']['application/json'];
export type Wait = NonNullable<operations['getStatus']['parameters']['query']>['wait'];
export const attempt = (job: Accepted): number => job.attempt;
export const wait: Wait = 30;
