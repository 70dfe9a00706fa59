"use strict";
// Say which API a model needs, and why: src/which_api/verdict.py, function by
// function. The table of rules is in rules-data.js, written from rules.py.

{
  const { count, depths, evidence, finish, read } = WhichApi;
  const { APIS, RULES, UNKNOWN } = WHICH_API_DATA;

  // --- rules.py ----------------------------------------------------------------------

  const api = (name) => APIS.find((each) => each.name === name);
  const rule = (id) => RULES.find((each) => each.id === id);

  function choose(yes) {
    const needed = [...yes].map((id) => APIS.indexOf(api(rule(id).api)));
    return APIS[Math.max(0, ...needed)];
  }

  // --- verdict.py --------------------------------------------------------------------

  const verdictOfConfig = (config) => {
    const graph = finish(read(config));
    return graph === null ? UNKNOWN : finish(verdict(graph));
  };

  // Return the verdict on a graph of layers.
  function* verdict(graph) {
    const seen = evidence(graph);
    const found = [];
    for (const reason of reasons(graph, seen)) {
      found.push(reason);
      yield;
    }
    const needed = choose(new Set(found.map((reason) => reason.rule))).name;
    return { api: needed, reasons: found, notes: [...notes(graph, seen)] };
  }

  const because = (id, text, about) => ({ rule: id, text, about });

  function* reasons(graph, found) {
    if (found.has("several-inputs")) {
      yield ends("several-inputs", "takes", "input", graph.inputs, graph.inputKeys);
    }
    if (found.has("several-outputs")) {
      yield ends("several-outputs", "returns", "output", graph.outputs, graph.outputKeys);
    }
    if (found.has("shared-layer")) yield* shared(graph, found.get("shared-layer"));
    if (found.has("branch-and-merge")) yield* branches(graph);
    for (const call of found.get("operation-in-the-chain") ?? []) {
      yield because("operation-in-the-chain", step(call), [call.id]);
    }
  }

  function step(call) {
    let what = "returns several tensors, and a stack hands on all of them";
    if (!call.layered) {
      what = "is an operation, and a stack holds layers only";
    } else if (!call.plain) {
      what = "gets more than one bare tensor, and a stack passes nothing else";
    }
    return `\`${call.layer}\` (${call.kind}) ${what}.`;
  }

  function ends(id, verb, what, calls, keys) {
    if (calls.length === 1) {
      const text = `The model ${verb} a dict, with the key ${names(keys)}`;
      return because(id, `${text}: a stack has one bare tensor.`, calls);
    }
    const text = `The model ${verb} ${calls.length} ${what}s`;
    const origin = what === "input" ? "" : "the outputs of ";
    const named = keys.length ? names(keys) : origin + names(calls.map(layerOf));
    return because(id, `${text}: ${named}.`, calls);
  }

  function* shared(graph, calls) {
    const feeds = feedsOf(graph.edges);
    const uses = new Map();
    for (const call of calls) {
      if (!uses.has(call.layer)) uses.set(call.layer, []);
      uses.get(call.layer).push(call);
    }
    for (const [layer, group] of uses) {
      const on = group.map((call) => names(feeds(call.id).map(layerOf)));
      yield because(
        "shared-layer",
        `\`${layer}\` is called ${group.length} times, on the outputs of ` +
          `${listed(on)}: its weights are shared.`,
        group.map((call) => call.id),
      );
    }
  }

  // Yield a sentence for each merge, then for each branch that meets no merge.
  function* branches(graph) {
    const feeds = feedsOf(graph.edges);
    const goes = new Map(graph.calls.map((call) => [call.id, []]));
    for (const edge of graph.edges) goes.get(edge.source).push(edge.target);
    const depth = depths(graph);
    const explained = new Set();
    for (const call of graph.calls) {
      const sources = feeds(call.id);
      if (sources.length < 2) continue;
      const different = [...new Set(sources)];
      for (const source of different) explained.add(source);
      const from = names(different.map(layerOf));
      let text = `\`${call.layer}\` takes the output of ${from} ${sources.length} times.`;
      if (different.length > 1) {
        const skip = isSkip(different, feeds, depth);
        const kind = skip ? "a skip connection" : "branches that meet";
        text = `\`${call.layer}\` takes the outputs of ${from}: ${kind}.`;
      }
      yield because("branch-and-merge", text, [call.id, ...different]);
    }
    const outputs = count(graph.outputs);
    for (const call of graph.calls) {
      const targets = goes.get(call.id);
      const isEnd = outputs.has(call.id);
      const used = targets.length + (outputs.get(call.id) ?? 0);
      if (used < 2 || explained.has(call.id)) continue;
      const different = [...new Set(targets)];
      // Said above: a call that takes one tensor several times.
      if (targets.length > 1 && different.length === 1) continue;
      const to = `it goes to ${names([...new Set(targets.map(layerOf))])}`;
      const parts = targets.length ? [to] : [];
      if (isEnd) parts.push("it is an output of the model");
      yield because(
        "branch-and-merge",
        `The output of \`${call.layer}\` is used more than once: ${parts.join(" and ")}.`,
        [call.id, ...different],
      );
    }
  }

  // Whether one of the sources comes before another one on the way from an input.
  function isSkip(sources, feeds, depth) {
    const lowest = sources.reduce((low, id) => Math.min(low, depth.get(id)), Infinity);
    const wanted = new Set(sources);
    const seen = new Set();
    const waiting = sources.flatMap((source) => feeds(source));
    while (waiting.length) {
      const call = waiting.pop();
      if (wanted.has(call)) return true;
      if (seen.has(call) || depth.get(call) <= lowest) continue;
      seen.add(call);
      for (const before of feeds(call)) waiting.push(before);
    }
    return false;
  }

  function* notes(graph, found) {
    const reached = reachedIn(graph);
    const inputs = new Set(graph.inputs);
    for (const end of graph.outputs) {
      if (inputs.has(end) && graph.calls.length > 1) {
        yield `The output of \`${layerOf(end)}\` is an input, unchanged.`;
      }
    }
    for (const start of graph.inputs) {
      if (!reached.has(start)) {
        yield `No output depends on the input \`${layerOf(start)}\`.`;
      }
    }
    if (found.has("operation-in-the-chain")) {
      yield "Its steps form a chain: with each step a layer, a Sequential would do.";
    }
  }

  // Return the calls that an output depends on.
  function reachedIn(graph) {
    const feeds = feedsOf(graph.edges);
    const waiting = [...graph.outputs];
    const seen = new Set(waiting);
    while (waiting.length) {
      for (const source of feeds(waiting.pop())) {
        if (!seen.has(source)) {
          seen.add(source);
          waiting.push(source);
        }
      }
    }
    return seen;
  }

  // Return a function from a call to those that feed it.
  function feedsOf(edges) {
    const feeds = new Map();
    for (const edge of edges) {
      if (!feeds.has(edge.target)) feeds.set(edge.target, []);
      feeds.get(edge.target).push(edge.source);
    }
    return (call) => feeds.get(call) ?? [];
  }

  // Return the name of the layer in the id of a call.
  function layerOf(call) {
    return call.slice(0, call.lastIndexOf("/"));
  }

  function names(all) {
    return listed(all.map((name) => `\`${name}\``));
  }

  // Join with commas and an "and", as people do; long lists are cut.
  function listed(parts) {
    if (parts.length > 6) parts = [...parts.slice(0, 5), `${parts.length - 5} more`];
    if (parts.length < 2) return parts.join("");
    return `${parts.slice(0, -1).join(", ")} and ${parts[parts.length - 1]}`;
  }

  Object.assign(WhichApi, { api, rule, verdict, verdictOfConfig });
}
