import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { geoNaturalEarth1, geoPath } from 'd3-geo';
import countryCodes from 'i18n-iso-countries';
import { feature } from 'topojson-client';
import type { Plugin } from 'vite';

const ID = 'virtual:world';

/** Width and height of the map in its own units, and to how much of one its lines are exact. */
const WIDTH = 960;
const HEIGHT = 436;

/** Antarctica has no visitors, and would take a quarter of the map. */
const LEFT_OUT = '010';

/**
 * The countries of the world as paths, prepared when the site is built: `virtual:world` has their shapes by their ISO codes.
 * They are those of Natural Earth (public domain), as world-atlas has them.
 */
export function world(): Plugin {
  return {
    name: 'footfall-world',
    resolveId: (id) => (id === ID ? `\0${ID}` : undefined),
    load: (id) => (id === `\0${ID}` ? moduleText() : undefined),
  };
}

/** What is read of the file. */
type World = Parameters<typeof feature>[0] & { objects: { countries: Countries } };
type Countries = Extract<Parameters<typeof feature>[1], { type: 'GeometryCollection' }>;

function moduleText(): string {
  const file = createRequire(import.meta.url).resolve('world-atlas/countries-110m.json');
  const topology = JSON.parse(readFileSync(file, 'utf8')) as World;
  const { features } = feature(topology, topology.objects.countries);
  const shown = features.filter(({ id }) => id !== LEFT_OUT);
  const projection = geoNaturalEarth1().fitExtent(
    [
      [1, 1],
      [WIDTH - 1, HEIGHT - 1],
    ],
    { type: 'FeatureCollection', features: shown },
  );
  const pathOf = geoPath(projection).digits(0);
  const shapes = shown.flatMap((country, at) => {
    const path = pathOf(country);
    // Some areas have no code of their own.
    const code = countryCodes.numericToAlpha2(String(country.id)) ?? `-${at}`;
    return path === null ? [] : [[code, relative(path)]];
  });
  return `export const width = ${WIDTH}, height = ${HEIGHT}, shapes = ${JSON.stringify(shapes)};`;
}

/** The same path with steps in place of positions: half as long. */
function relative(path: string): string {
  let [x, y, startX, startY] = [0, 0, 0, 0];
  return path.replaceAll(/([MLZ])(?:(-?\d+),(-?\d+))?/g, (_, command: string, toX?: string, toY?: string) => {
    if (toX === undefined || toY === undefined) {
      [x, y] = [startX, startY];
      return 'z';
    }
    const [dx, dy] = [Number(toX) - x, Number(toY) - y];
    [x, y] = [Number(toX), Number(toY)];
    if (command === 'M') [startX, startY] = [x, y];
    else if (dx === 0 && dy === 0) return '';
    return `${command.toLowerCase()}${dx}${dy < 0 ? '' : ' '}${dy}`;
  });
}
