import { encode } from 'uqr';

/** A QR code as the path of its dark squares, each of them 1 by 1. */
export interface QrCode {
  readonly size: number;
  readonly path: string;
}

/** The light squares around it, without which cameras do not find it. */
const BORDER = 4;

export function qrOf(text: string): QrCode {
  const { size, data } = encode(text, { border: BORDER });
  const squares = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : [])));
  return { size, path: squares.join('') };
}
