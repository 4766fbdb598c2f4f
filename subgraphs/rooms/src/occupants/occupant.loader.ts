/** Counts of occupants, many rooms at once. */
import DataLoader from 'dataloader';
import type { Seats } from './seats';

export type OccupantCountLoader = DataLoader<string, number>;

export const occupantCountLoader = (seats: Seats): OccupantCountLoader => new DataLoader((ids) => seats.counts(ids));
