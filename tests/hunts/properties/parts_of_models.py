"""Two models in a row: autoencoders, and a base below a head."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from tests.hunts.property import over
from tests.hunts.zoo import EVERY_SEQUENTIAL, NETWORKS, STACKS, same

KINDS = ("sequential", "functional")
IN_A_ROW = STACKS.where(lambda stack: len(stack.layers) > 1, "stacks cut in two")


def nests(stack):
    """Whether one of the layers is a model."""
    return any(isinstance(layer, keras.Model) for layer in stack.new_layers())


def masks(stack):
    """Whether a layer makes a mask."""
    return any("mask_zero" in step or "Masking" in step for step in stack.layers)


def learns(*models):
    """Whether training moves weights of each of the models."""
    return all(model.trainable_weights for model in models)


def make(kind, inputs, steps, name):
    """Return a model of layers in a row."""
    if kind == "sequential":
        return keras.Sequential([inputs, *steps], name=name)
    x = inputs
    for step in steps:
        x = step(x)
    return keras.Model(inputs, x, name=name)


def parts_of(stack, kind="sequential", at=None, names=("encoder", "decoder")):
    """Return two parts of a stack, each as a model: cut in the middle, or `at`."""
    steps, at = stack.new_layers(), at or (len(stack.layers) + 1) // 2
    first = make(kind, stack.input(), steps[:at], names[0])
    code = keras.Input(batch_shape=first.output_shape, dtype=first.outputs[0].dtype)
    return first, make(kind, code, steps[at:], names[1])


def with_zeros(stack):
    """Return inputs with zeros at the end of each row, which a mask leaves out."""
    x = np.array(stack.x())
    x[1:, -1] = 0
    return x


def ids(model):
    """Return who the weights are."""
    return {id(weight) for weight in model.weights}


def kept(model):
    """Return all variables, and those in which layers keep a state between calls."""
    states = [getattr(layer, "states", None) for layer in model._flatten_layers()]
    return [*model.variables, *keras.tree.flatten([s for s in states if s])]


def answers(model, x):
    """Return the outputs as a list, and put states back as they were."""
    before = [variable.numpy() for variable in kept(model)]
    found = [np.asarray(each) for each in keras.tree.flatten(model(x))]
    for variable, value in zip(kept(model), before, strict=True):
        variable.assign(value)
    return found


def learn(model, x):
    """Train a model for one step of gradient descent."""
    with tf.GradientTape() as tape:
        outputs = keras.tree.flatten(model(x, training=True))
        loss = sum(ops.mean((ops.cast(y, "float32") - 2.0) ** 2) for y in outputs)
    weights = model.trainable_weights
    slopes = tape.gradient(loss, [weight.value for weight in weights])
    pairs = [pair for pair in zip(weights, slopes, strict=True) if pair[1] is not None]
    assert pairs
    for weight, slope in pairs:
        slope = tf.convert_to_tensor(slope)  # that of an Embedding is sparse
        weight.assign(weight - 0.5 * ops.cast(slope, weight.dtype))


def hands_on_a_mask(stack):
    """Whether the first part of a cut does."""
    return any(
        getattr(parts_of(stack, at=at)[0].outputs[0], "_keras_mask", None) is not None
        for at in (1, None)
    )


@over(IN_A_ROW.where(lambda stack: not hands_on_a_mask(stack)))
def autoencoder_runs_decoder_after_encoder(stack):
    """Hand the codes of the encoder alone, as an array, to the decoder alone."""
    for kind, at in zip(KINDS, (1, None), strict=True):
        encoder, decoder = parts_of(stack, kind, at)
        model = keras.Sequential([encoder, decoder])
        x = with_zeros(stack)
        (codes,) = answers(encoder, x)
        assert same(answers(model, x), answers(decoder, codes))


@over(IN_A_ROW)
def parts_come_back_from_a_saved_autoencoder(stack):
    """Both parts of a loaded file are models with the answers of the saved parts."""
    for kind in KINDS:
        encoder, decoder = parts_of(stack, kind)
        keras.Sequential([encoder, decoder]).save("parts.keras")
        loaded = keras.saving.load_model("parts.keras")
        part = loaded.get_layer("encoder")
        assert part is not encoder and isinstance(part, keras.Model)
        x = with_zeros(stack)
        assert same(part(x), encoder(x))
        assert isinstance(loaded.get_layer("decoder"), keras.Model)


@over(IN_A_ROW)
def get_layer_does_not_look_inside_a_part(stack):
    """No layer of a part is found by its name, and each is found in its part."""
    for kind in KINDS:
        encoder, decoder = parts_of(stack, kind)
        model = keras.Sequential([encoder, decoder])
        for part in (encoder, decoder):
            for layer in part.layers:
                assert part.get_layer(layer.name) is layer
                message = ""
                try:
                    model.get_layer(layer.name)
                except ValueError as error:
                    message = str(error)
                assert f"No such layer: {layer.name}" in message


@over(IN_A_ROW)
def functional_autoencoder_gives_equal_outputs(stack):
    """Weights and outputs of both, for parts that are Sequential or functional."""
    for kind in KINDS:
        encoder, decoder = parts_of(stack, kind)
        model = keras.Sequential([encoder, decoder])
        inputs = stack.input()
        functional = keras.Model(inputs, decoder(encoder(inputs)))
        x = with_zeros(stack)
        assert ids(functional) == ids(model)
        assert same(answers(functional, x), answers(model, x))


@over(IN_A_ROW.where(lambda stack: learns(*parts_of(stack))))
def functional_transfer_model_gives_equal_outputs(stack):
    """Equal before and after training either model, which changes the answers."""
    for number, kind in enumerate(KINDS):
        base, head = parts_of(stack, kind, names=("base", "head"))
        inputs = stack.input()
        both = keras.Sequential([base, head]), keras.Model(inputs, head(base(inputs)))
        x = stack.x()
        before = [answers(model, x) for model in both]
        assert same(*before)
        assert ids(both[0]) == ids(both[1])
        learn(both[number], x)
        assert same(*(answers(model, x) for model in both))
        assert not same(answers(both[1 - number], x), before[0])


def trained(case):
    """Return whether training moves the model."""
    return bool(case.model.trainable_weights)


def inner_tensors(model):
    """Return the outputs of the layers that are called once and are no models."""
    return [
        layer.output
        for layer in model.layers
        if not isinstance(layer, keras.Model | layers.InputLayer)
        and len(layer._inbound_nodes) == 1
        and not isinstance(layer.output, list | tuple)
    ]


@over(
    NETWORKS.where(
        lambda case: case.kind != "subclass" and trained(case),
        "Sequential and functional models that learn",
    )
)
def a_second_model_follows_later_training(case):
    """Ask for the answers of a second model, before and after a step of the first."""
    model = case.fresh()
    given = model.inputs[0] if isinstance(model, keras.Sequential) else model.input
    second = keras.Model(given, [*inner_tensors(model)[:1], *model.outputs])
    x, many = case.x(), len(model.outputs)
    before = answers(model, x)
    assert ids(second) == ids(model)
    assert same(answers(second, x)[-many:], before)
    learn(model, x)
    assert same(answers(second, x)[-many:], answers(model, x))
    assert not same(answers(second, x)[-many:], before)


def after_weights(stack):
    """Return the layers whose outputs depend on weights that gradients can train."""
    steps, found = stack.sequential().layers, []
    for step in steps[:-1]:
        if found or gradients_reach(step):
            found.append(step)
    return found


def gradients_reach(layer):
    """Whether a layer has weights that gradients can train, frozen or not."""
    return any(inner._trainable_variables for inner in layer._flatten_layers())


@over(
    STACKS.where(
        lambda stack: not nests(stack) and after_weights(stack),
        "stacks with weights to train below the last layer",
    )
)
def features_and_answer_must_come_from_one_call(stack):
    """Ask for the slope of every layer: from one call, two, and added or loaded."""
    x, many = stack.x(), len(after_weights(stack))
    model = stack.sequential()
    other = stack.case("add").fresh()
    if len(stack.layers) % 2:
        model.save("features.keras")
        other = keras.saving.load_model("features.keras")
    for made in (model, other):
        maps = [layer.output for layer in made.layers[:-1]][-many:]
        two = keras.Model(made.inputs[0], [*maps, made.outputs[0]])
        apart = keras.Model(made.inputs[0], maps)
        before = [variable.numpy() for variable in kept(made)]
        with tf.GradientTape(persistent=True) as tape:
            *features, answer = two(x)
            for variable, value in zip(kept(made), before, strict=True):
                variable.assign(value)
            others = keras.tree.flatten(apart(x))
        for one, other in zip(features, others, strict=True):
            slope = tape.gradient(answer, one)
            assert (slope is not None) == (made is model)
            if made is model:
                assert same(one, other) and slope.shape == one.shape
            assert tape.gradient(answer, other) is None


def cut_in_three(steps):
    """Return what stands before a base, the base, and the layer after it."""
    *steps, after = steps
    before = layers.Identity() if len(steps) % 2 else steps.pop(0)
    return before, steps, after


def maps_of(before, steps):
    """Return the steps, no models, whose outputs depend on weights to train."""
    found, reached = [], gradients_reach(before)
    for step in steps:
        reached = reached or gradients_reach(step)
        if reached and not isinstance(step, keras.Model):
            found.append(step)
    return found


def has_maps(stack):
    """Whether the middle of three parts has such outputs."""
    parts = stack.sequential().layers
    return len(parts) > 1 and bool(maps_of(*cut_in_three(parts)[:2]))


@over(STACKS.where(has_maps, "stacks cut in three"))
def a_nested_base_can_be_given_two_outputs(stack):
    """Ask for answers and maps of a second model around a base with two outputs."""
    before, steps, after = cut_in_three(stack.new_layers())
    inputs = stack.input()
    code = before(inputs)
    start = keras.Input(batch_shape=code.shape, dtype=code.dtype)
    base = make("functional", start, steps, "base")
    nested = keras.Sequential([inputs, before, base, after])
    x = stack.x()
    learn(nested, x)
    for inside in [layer.output for layer in maps_of(before, steps)]:
        both = keras.Model(base.inputs[0], [inside, base.outputs[0]])
        features, code = both(before(inputs))
        second = keras.Model(inputs, [features, after(code)])
        values = [variable.numpy() for variable in kept(nested)]
        with tf.GradientTape() as tape:
            features, answer = second(x)
        assert tape.gradient(answer, features).shape == features.shape
        for variable, value in zip(kept(nested), values, strict=True):
            variable.assign(value)
        assert same(answer, answers(nested, x))
        assert same(features, answers(both, before(x))[0])


@over(STACKS.where(lambda stack: not nests(stack), "stacks without models inside"))
def no_second_model_before_the_first_is_built(stack):
    """Not before: no inputs, no tensor of a layer. Then all, however it was built."""
    late = keras.Sequential(stack.new_layers())
    asked = [lambda: late.inputs[0], lambda: late.outputs[0]]
    asked += [lambda layer=layer: layer.output for layer in late.layers]
    for tensor in asked:
        message = ""
        try:
            tensor()
        except (AttributeError, TypeError, ValueError) as error:
            message = str(error)
        assert message
    called, built, taught = (keras.Sequential(stack.new_layers()) for _ in range(3))
    x = stack.x()
    called(x)
    built.build(x.shape)
    taught.compile("sgd", "mse", run_eagerly=True)
    taught.train_on_batch(x, np.zeros(called(x).shape))
    for seen in (called, built, taught):
        for layer in seen.layers:
            second = keras.Model(seen.inputs[0], layer.output)
            assert second(x).shape == layer.output.shape or second(x).shape[0] == len(x)


@over(IN_A_ROW)
def a_subclass_needs_a_method_for_its_features(stack):
    """Compare the features of a method, with the outputs of a functional model."""

    class Looking(keras.Model):
        def __init__(self, body, head, **kwargs):
            super().__init__(**kwargs)
            self.body, self.head = body, head

        def look(self, x, training=False):
            features = self.body(x, training=training)
            return features, self.head(features, training=training)

        def call(self, x, training=False):
            return self.look(x, training)[1]

    x = with_zeros(stack)
    steps, middle = stack.new_layers(), (len(stack.layers) + 1) // 2
    y = inputs = stack.input()
    tensors = [y := step(y) for step in steps]
    features = tensors[middle - 1]
    functional = keras.Model(inputs, [features, y])
    looking = Looking(
        keras.Sequential(steps[:middle]), keras.Sequential(steps[middle:])
    )
    looking(x)  # builds it
    functional(x)
    features, answer = answers(functional, x)
    assert same(answers(looking, x), [answer])
    looked, _ = looking.look(x)
    assert same(looked, features)


@over(
    STACKS.where(
        lambda stack: not nests(stack) and "mask" not in stack.list_code.lower(),
        "stacks without models and masks inside",
    )
)
def every_layer_takes_the_one_before(stack):
    """Compare the input of each layer and the tensor that left the one before."""
    model = stack.sequential()
    before = model.inputs[0]
    for layer in model.layers:
        assert layer.input is before
        before = layer.output
    assert model.outputs[0] is before
    assert len(model.inputs) == len(model.outputs) == 1


@over(STACKS)
def one_path_one_stack(stack):
    """Look for the same layers in the same order, and equal outputs."""
    model, functional = stack.sequential(), stack.functional()
    kinds = [type(layer) for layer in functional.layers[1:]]
    assert kinds == [type(layer) for layer in model.layers]
    assert len(functional.inputs) == len(functional.outputs) == 1
    x = with_zeros(stack)
    assert same(answers(functional, x), answers(model, x))


@over(EVERY_SEQUENTIAL.where(lambda case: case.model.weights))
def a_stack_can_become_a_graph(case):
    """Put a second head on a tensor of the stack, and the weights of both."""
    model, x = case.model, case.x()
    features = (inner_tensors(model) or model.outputs)[0]
    new = layers.Dense(1, dtype="float32", name="a_new_head")
    grown = keras.Model(model.inputs[0], [model.outputs[0], new(features)])
    assert ids(model) < ids(grown)
    assert ids(grown) == ids(model) | {id(weight) for weight in new.weights}
    assert len(grown.outputs) == 2
    assert same(answers(grown, x)[:1], answers(model, x))
