/** The tiles of a room's floor. Occupants in one tile share their frames. */
import type { Vector } from './pose';

/** Edge of a tile in metres. */
const TILE_METRES = 8;
/** An occupant keeps its tile until it is this far outside, so that walking along an edge changes nothing. In metres. */
const MARGIN_METRES = 1;

export interface Tile {
  column: number;
  row: number;
}

const columnOf = (metres: number): number => Math.floor(metres / TILE_METRES);

export const tileAt = ({ x, z }: Pick<Vector, 'x' | 'z'>): Tile => ({ column: columnOf(x), row: columnOf(z) });

export const tileKey = ({ column, row }: Tile): string => `${column}/${row}`;

/** The tile after a movement from `tile` to a point. */
export function nextTile(tile: Tile, point: Pick<Vector, 'x' | 'z'>): Tile {
  const isOutside = (metres: number, column: number) =>
    metres < column * TILE_METRES - MARGIN_METRES || metres > (column + 1) * TILE_METRES + MARGIN_METRES;
  return isOutside(point.x, tile.column) || isOutside(point.z, tile.row) ? tileAt(point) : tile;
}

/** The distance of a point from the centre of a tile, in metres. */
export function distanceFrom({ column, row }: Tile, { x, y, z }: Vector): number {
  return Math.hypot(x - (column + 0.5) * TILE_METRES, y, z - (row + 0.5) * TILE_METRES);
}
