"""The style of the pages: two schemes of colours, wide and narrow, on a screen and on paper.

Blue and orange (Okabe and Ito 2008, darkened until white can be read on them) are apart for all common
kinds of colour blindness; lines also differ in their marks.
"""

from __future__ import annotations

__all__ = ["STYLE"]

STYLE = """
:root { --page: #fff; --ink: #1a1d21; --soft: #5c6670; --line: #d9dee3; --tint: #f3f5f7;
  --blue: #0069a8; --orange: #c04f00; --green: #007a5a; --purple: #9c4585; --gold: #8a6a00; --on: #fff; }
@media screen and (prefers-color-scheme: dark) {
  :root { --page: #14171b; --ink: #e6e9ec; --soft: #9aa5af; --line: #363c44; --tint: #1e2328;
    --blue: #3b8fd0; --orange: #d9722a; --green: #2fa884; --purple: #d07fb5; --gold: #c9a227; --on: #fff; }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem 1.25rem 4rem; background: var(--page);
  color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans",
  "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .35rem; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 0 0 .75rem; overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
p { margin: .5rem 0; max-width: 44rem; }
code { font-family: ui-monospace, Consolas, monospace; font-size: .9em; overflow-wrap: anywhere; }
.note { color: var(--soft); font-size: .875rem; }
.missing { border-left: 4px solid var(--orange); background: var(--tint); padding: .6rem .9rem;
  max-width: none; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; margin: 1.25rem 0 0; font-size: .9rem; }
a { color: var(--blue); text-underline-offset: .15em; }
section { border-top: 1px solid var(--line); margin-top: 2rem; padding-top: 1.5rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .6rem;
  margin-top: 1.25rem; }
.tile { background: var(--tint); border-radius: .4rem; padding: .6rem .8rem; }
.tile span, .tile small { display: block; color: var(--soft); font-size: .8125rem; }
.tile b { display: block; font-size: 1.5rem; line-height: 1.3; font-variant-numeric: tabular-nums; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr));
  gap: 1rem 2rem; align-items: start; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .9rem .3rem 0; text-align: left; vertical-align: middle;
  border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; vertical-align: bottom; white-space: nowrap; }
td.num, th.num { text-align: right; white-space: nowrap; }
td:first-child { overflow-wrap: anywhere; min-width: 6rem; max-width: 22rem; }
.facts { margin: 0; font-size: .9rem; }
.facts div { display: grid; grid-template-columns: minmax(7rem, 13rem) 1fr; gap: 1rem; padding: .25rem 0;
  border-bottom: 1px solid var(--line); }
.facts dt { color: var(--soft); overflow-wrap: anywhere; }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.error { border: 1px solid var(--line); border-radius: .4rem; padding: .6rem .9rem; margin: .6rem 0; }
.error p { margin: 0; max-width: none; overflow-wrap: anywhere; }
.error p.text { white-space: pre-wrap; margin-top: .35rem; }
.error .right { color: var(--blue); font-weight: 600; }
.error .wrong { color: var(--orange); font-weight: 600; }
svg { display: block; overflow: visible; font-family: inherit; font-variant-numeric: tabular-nums; }
svg text { fill: var(--ink); font-size: 12px; }
svg .soft { fill: var(--soft); }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .rule { stroke: var(--soft); stroke-width: 1.25; stroke-dasharray: 5 4; fill: none; }
svg .fill-1 { fill: var(--blue); } svg .fill-2 { fill: var(--orange); } svg .fill-0 { fill: var(--line); }
svg .line-1 { stroke: var(--blue); } svg .line-2 { stroke: var(--orange); }
svg .fill-3 { fill: var(--green); } svg .fill-4 { fill: var(--purple); }
svg .fill-5 { fill: var(--gold); } svg .fill-6 { fill: var(--ink); }
svg .line-3 { stroke: var(--green); } svg .line-4 { stroke: var(--purple); }
svg .line-5 { stroke: var(--gold); } svg .line-6 { stroke: var(--ink); }
svg .band-1 { fill: var(--blue); } svg .band-2 { fill: var(--orange); } svg .band-3 { fill: var(--green); }
svg .band-4 { fill: var(--purple); } svg .band-5 { fill: var(--gold); } svg .band-6 { fill: var(--ink); }
svg [class^="band"] { opacity: .16; }
svg .tick { stroke: var(--soft); stroke-width: 1.25; }
svg [class^="line"] { stroke-width: 2; fill: none; stroke-linejoin: round; }
svg .on { fill: var(--on); } svg .middle { text-anchor: middle; } svg .end { text-anchor: end; }
.chart { width: 100%; max-width: 32rem; height: auto; }
.legend { list-style: none; margin: .25rem 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: .1rem 1rem;
  font-size: .8125rem; max-width: 32rem; }
.legend li { display: flex; align-items: center; gap: .4rem; overflow-wrap: anywhere; }
.legend svg { flex: none; }
figure { margin: 0; } figcaption { font-weight: 600; font-size: .95rem; margin-bottom: .35rem; }
@media (max-width: 30rem) {
  body { padding: 1rem .85rem 3rem; }
  .facts div { grid-template-columns: 1fr; gap: 0; }
  .tiles { grid-template-columns: repeat(2, 1fr); }
  table { font-size: .8125rem; }
  th, td { padding-right: .6rem; }
  td:first-child { min-width: 5.5rem; }
}
@media print {
  body { max-width: none; padding: 0; font-size: 11pt; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  nav { display: none; }
  figure, .error, .tile, tr { break-inside: avoid; }
  h2, h3, figcaption { break-after: avoid; }
  .scroll { overflow: visible; }
  .scroll > svg { max-width: 100%; height: auto; }
}
"""
