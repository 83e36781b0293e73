import type { CheckInput, Location, SiteSettings, Verdict } from '@footfall/core';
import type { Health, OwnerAccount, OwnerSession, ServerCaller } from '@footfall/trpc';
import type { Numbered } from '#lib/numbers.ts';
import type { ErrorCode } from '#lib/server/refuse.ts';
import type { Language } from '#lib/texts/tags.ts';

/** What the server passes to the site with each request: on the Node request, or on `platform` itself. */
interface Given {
  /** Runs procedures in the server's process. */
  footfall?: ServerCaller;
  /** This Footfall's public address, such as `https://stats.example.com`. */
  footfallPublicUrl?: string;
  /** Query parameters that are part of a page. */
  footfallKeptParameters?: readonly string[];
  /** The name of the tracker's script, without `.js`. */
  footfallScriptName?: string;
  /** Whether views of our own pages are counted. */
  footfallCountsOwnPages?: boolean;
  /** A proxy in front that is not configured: its address if it is on this machine, else `''`. */
  footfallUnknownProxy?: () => string | undefined;
  /** `Cache-Control` of the pages with numbers. */
  footfallCacheControl?: string;
  /** The OpenAPI 3.1 document of the REST routes. */
  footfallOpenApi?: () => object;
  /** The settings that the pages show. */
  footfallSettings?: SiteSettings;
  /** Another text after each change of the settings. */
  footfallSettingsVersion?: string;
  /** Whether the pages of a host are counted. */
  footfallHasHost?: (host: string) => boolean;
  /** Whether a rendered page may be stored in memory for the next reader. */
  footfallKeepsPages?: boolean;
  /** Signs the owner in and out. */
  footfallAccount?: OwnerAccount;
  /** The client's address, as far as proxies are believed; without it the platform's is. */
  footfallAddress?: string;
  /** The client's country, as far as it is known; else `''`. */
  footfallCountry?: () => string;
  /** What is known of the way of a client's requests, by its address. */
  footfallHealth?: (address: string) => Health;
  /** The client's location, as the platform or a trusted proxy reports it. */
  footfallPlace?: () => Location;
  /** What the browser that sent a request would be counted as. */
  footfallCheck?: (request: SentRequest, view: CheckInput) => Promise<Verdict>;
}

/** The part of a request that says who sent it. */
interface SentRequest {
  readonly header: (name: string) => string | undefined;
  readonly address: () => string;
  readonly place: () => Location;
}

declare global {
  namespace App {
    interface Platform {
      footfall?: Given['footfall'];
      footfallPublicUrl?: Given['footfallPublicUrl'];
      footfallKeptParameters?: Given['footfallKeptParameters'];
      footfallScriptName?: Given['footfallScriptName'];
      footfallCountsOwnPages?: Given['footfallCountsOwnPages'];
      footfallUnknownProxy?: Given['footfallUnknownProxy'];
      footfallCacheControl?: Given['footfallCacheControl'];
      footfallOpenApi?: Given['footfallOpenApi'];
      footfallSettings?: Given['footfallSettings'];
      footfallSettingsVersion?: Given['footfallSettingsVersion'];
      footfallHasHost?: Given['footfallHasHost'];
      footfallKeepsPages?: Given['footfallKeepsPages'];
      footfallAccount?: Given['footfallAccount'];
      footfallAddress?: Given['footfallAddress'];
      footfallCountry?: Given['footfallCountry'];
      footfallHealth?: Given['footfallHealth'];
      footfallPlace?: Given['footfallPlace'];
      footfallCheck?: Given['footfallCheck'];
    }

    interface Error {
      /** By which the error page finds the message in its language. */
      code?: ErrorCode;
    }

    interface Locals {
      /** The reader's language. */
      language: Language;
      /** On pages under `/admin` of a signed-in owner, procedures for the owner run too. */
      footfall: ServerCaller;
      /** The owner who is signed in; looked up on pages under `/admin` alone, as others are the same for everyone. */
      owner: OwnerSession | undefined;
      account: OwnerAccount | undefined;
      /** The sources whose pages may embed this page, and the theme that they ask for; `auto` is the system's. */
      embedded:
        | { readonly origins: readonly string[]; readonly theme: 'auto' | 'light' | 'dark' | undefined }
        | undefined;
      /** The client's address; for limits, never stored or logged. */
      clientAddress: () => string;
      /** The client's country, as far as it is known; else `''`. */
      clientCountry: () => string;
      /** What is known of the way of the client's requests. */
      health: () => Health | undefined;
      /** What this request's browser would be counted as; nothing is counted. */
      check: (view: CheckInput) => Promise<Verdict> | undefined;
      /** This Footfall's public address, without a slash at its end; undefined where it is not configured. */
      publicUrl: string | undefined;
      /** Query parameters that are part of a page. */
      keptParameters: readonly string[];
      /** The name of the tracker's script, without `.js`. */
      scriptName: string;
      /** Whether views of our own pages are counted. */
      countsOwnPages: boolean;
      /** A proxy in front that is not configured: its address if it is on this machine, else `''`. */
      unknownProxy: string | undefined;
      cacheControl: string;
      openApi: (() => object) | undefined;
      settings: SiteSettings;
      settingsVersion: string;
      /** Whether the pages of a host are counted. */
      hasHost: (host: string) => boolean;
      keepsPages: boolean;
    }

    interface PageData {
      /** Whether a view of a page is counted (docs/decisions/0039). */
      countsOwnPages?: boolean;
      /** The settings that the pages show. */
      settings: SiteSettings;
      /** Whether a private link waits for its password, or sample data is not made yet. */
      isLocked?: boolean;
      /** All page views, on pages that show them. */
      total?: Numbered;
      /** This page's views, on pages that show them. */
      views?: Numbered;
    }
  }
}

declare module 'http' {
  interface IncomingMessage {
    footfall?: Given['footfall'];
    footfallPublicUrl?: Given['footfallPublicUrl'];
    footfallKeptParameters?: Given['footfallKeptParameters'];
    footfallScriptName?: Given['footfallScriptName'];
    footfallCountsOwnPages?: Given['footfallCountsOwnPages'];
    footfallUnknownProxy?: Given['footfallUnknownProxy'];
    footfallCacheControl?: Given['footfallCacheControl'];
    footfallOpenApi?: Given['footfallOpenApi'];
    footfallSettings?: Given['footfallSettings'];
    footfallSettingsVersion?: Given['footfallSettingsVersion'];
    footfallHasHost?: Given['footfallHasHost'];
    footfallKeepsPages?: Given['footfallKeepsPages'];
    footfallAccount?: Given['footfallAccount'];
    footfallAddress?: Given['footfallAddress'];
    footfallCountry?: Given['footfallCountry'];
    footfallHealth?: Given['footfallHealth'];
    footfallPlace?: Given['footfallPlace'];
    footfallCheck?: Given['footfallCheck'];
  }
}
