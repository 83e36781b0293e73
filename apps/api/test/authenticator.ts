import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

/** What a test changes in an answer. */
export interface Falsified {
  readonly origin?: string;
  readonly rpId?: string;
  readonly type?: string;
  readonly challenge?: string;
  /** User present 1, verified 4, with a new key 64. */
  readonly flags?: number;
  readonly counter?: number;
  readonly key?: KeyObject;
  readonly format?: string;
}

interface Options {
  readonly challenge: string;
}

const PRESENT_AND_VERIFIED = 1 + 4;
const WITH_KEY = 64;

const sha256 = (data: string | Uint8Array): Buffer => createHash('sha256').update(data).digest();
const base64url = (data: string | Uint8Array): string => Buffer.from(data).toString('base64url');

/** The head of an item of CBOR (RFC 8949): a kind and a size below 65,536. */
function head(kind: number, size: number): Buffer {
  if (size < 24) return Buffer.from([(kind << 5) | size]);
  if (size < 256) return Buffer.from([(kind << 5) | 24, size]);
  return Buffer.from([(kind << 5) | 25, size >> 8, size & 255]);
}
const text = (value: string): Buffer => Buffer.concat([head(3, value.length), Buffer.from(value)]);
const bytes = (value: Uint8Array): Buffer => Buffer.concat([head(2, value.length), value]);
const number = (value: number): Buffer => (value < 0 ? head(1, -1 - value) : head(0, value));

/** An authenticator in software, with a key of P-256: what a browser would send for it. */
export function softwareAuthenticator({ rpId, origin }: { readonly rpId: string; readonly origin: string }) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const id = randomBytes(32);
  let counter = 0;

  const clientData = (type: string, { challenge }: Options, change: Falsified): Buffer =>
    Buffer.from(
      JSON.stringify({
        type: change.type ?? type,
        challenge: change.challenge ?? challenge,
        origin: change.origin ?? origin,
        crossOrigin: false,
      }),
    );

  function authenticatorData(flags: number, change: Falsified, key: Uint8Array = Buffer.alloc(0)): Buffer {
    const count = Buffer.alloc(4);
    counter += 1;
    count.writeUInt32BE(change.counter ?? counter);
    return Buffer.concat([sha256(change.rpId ?? rpId), Buffer.from([change.flags ?? flags]), count, key]);
  }

  /** The key with the id, as they stand in the data of a new passkey. */
  function newKey(): Buffer {
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
    const cose = Buffer.concat([
      head(5, 5),
      ...[number(1), number(2), number(3), number(-7), number(-1), number(1)],
      ...[number(-2), bytes(Buffer.from(x, 'base64url')), number(-3), bytes(Buffer.from(y, 'base64url'))],
    ]);
    return Buffer.concat([Buffer.alloc(16), Buffer.from([0, id.length]), id, cose]);
  }

  const answer = (response: object): string =>
    JSON.stringify({
      id: base64url(id),
      rawId: base64url(id),
      type: 'public-key',
      clientExtensionResults: {},
      response,
    });

  return {
    id: id.toString('hex'),
    privateKey,
    create: (options: Options, change: Falsified = {}): string => {
      const data = authenticatorData(PRESENT_AND_VERIFIED + WITH_KEY, change, newKey());
      const attestation = [
        ...[head(5, 3), text('fmt'), text(change.format ?? 'none'), text('attStmt'), head(5, 0)],
        ...[text('authData'), bytes(data)],
      ];
      return answer({
        clientDataJSON: base64url(clientData('webauthn.create', options, change)),
        attestationObject: base64url(Buffer.concat(attestation)),
      });
    },
    get: (options: Options, change: Falsified = {}): string => {
      const data = authenticatorData(PRESENT_AND_VERIFIED, change);
      const client = clientData('webauthn.get', options, change);
      const signature = sign('sha256', Buffer.concat([data, sha256(client)]), change.key ?? privateKey);
      return answer({
        clientDataJSON: base64url(client),
        authenticatorData: base64url(data),
        signature: base64url(signature),
      });
    },
  };
}
