import type { TagSpec } from '@codemirror/lang-html';

const box = ['padding', 'padding-top', 'padding-bottom', 'padding-left', 'padding-right', 'css-class'];
const words = ['align', 'color', 'font-family', 'font-size', 'font-weight', 'line-height', 'letter-spacing'];
const back = ['background-color', 'border', 'border-radius'];
const picture = ['src', 'alt', 'width', 'height', 'href', 'title', 'target'];

/** Tags of MJML with what may be said of them (documentation.mjml.io, version 5). */
const attributes: Readonly<Record<string, readonly string[]>> = {
  mjml: ['lang', 'dir'],
  'mj-head': [],
  'mj-body': ['background-color', 'width', 'css-class'],
  'mj-preview': [],
  'mj-title': [],
  'mj-style': ['inline'],
  'mj-font': ['name', 'href'],
  'mj-breakpoint': ['width'],
  'mj-attributes': [],
  'mj-all': [...words],
  'mj-class': ['name', ...words, ...box],
  'mj-include': ['path'],
  'mj-raw': ['position'],
  'mj-wrapper': [...back, ...box, 'full-width', 'text-align', 'background-url'],
  'mj-section': [...back, ...box, 'direction', 'full-width', 'text-align', 'background-url', 'background-size'],
  'mj-group': ['width', 'direction', 'vertical-align', 'background-color', 'css-class'],
  'mj-column': [...back, ...box, 'width', 'vertical-align', 'inner-background-color'],
  'mj-text': [...words, ...box, 'height', 'text-decoration', 'text-transform', 'container-background-color'],
  'mj-button': [
    ...words,
    ...back,
    ...box,
    'href',
    'inner-padding',
    'width',
    'height',
    'target',
    'title',
    'vertical-align',
  ],
  'mj-image': [...picture, ...box, 'align', 'border', 'border-radius', 'fluid-on-mobile', 'srcset', 'sizes'],
  'mj-divider': [...box, 'align', 'border-color', 'border-style', 'border-width', 'width'],
  'mj-spacer': ['height', ...box],
  'mj-table': [...words, ...box, 'width', 'cellpadding', 'cellspacing', 'table-layout', 'border'],
  'mj-social': [...words, ...box, 'mode', 'icon-size', 'inner-padding'],
  'mj-social-element': [...words, ...picture, ...box, 'name', 'background-color', 'icon-size'],
  'mj-hero': [
    ...back,
    ...box,
    'background-url',
    'background-width',
    'background-height',
    'height',
    'mode',
    'vertical-align',
  ],
  'mj-navbar': [...box, 'align', 'base-url', 'hamburger'],
  'mj-navbar-link': [...words, ...box, 'href', 'target'],
  'mj-accordion': [...back, ...box],
  'mj-accordion-element': ['background-color', 'css-class'],
  'mj-accordion-title': [...words, ...box, 'background-color'],
  'mj-accordion-text': [...words, ...box, 'background-color'],
};

export const mjmlTags: Readonly<Record<string, TagSpec>> = Object.fromEntries(
  Object.entries(attributes).map(([tag, names]) => [
    tag,
    { attrs: Object.fromEntries(names.map((name) => [name, null])), globalAttrs: false },
  ]),
);
