"""Ensembles: the mean of the answers of several members."""

import dataclasses
import itertools

import keras
import numpy as np
from keras import layers

from tests.hunts.property import over
from tests.hunts.zoo import STACKS, each, same


def keeps_state(stack):
    """Whether a layer takes its state from one batch to the next."""
    return any("stateful" in layer for layer in stack.layers)


def of_keras(stack):
    """Whether all layers are layers of Keras."""
    own = ("Scale", "NoisyDense", "Counter", "Split")
    return not any(step.startswith(own) for step in stack.layers)


def members_of(stack, many=2, kind="sequential"):
    """Return members of one kind with weights of their own."""
    members = []
    for number in range(many):
        member = getattr(stack, kind)(seed=number)
        member.name = f"member_{number}"
        members.append(member)
    return members


def ensemble_of(stack, members):
    """Return the functional model that averages the members."""
    inputs = stack.input()
    return keras.Model(inputs, layers.Average()([member(inputs) for member in members]))


def taught(model, stack):
    """Train for one step, to random targets."""
    x = stack.x()
    model.compile(keras.optimizers.SGD(0.5), "mse", run_eagerly=True)
    targets = np.random.default_rng(3).normal(size=model(x).shape)
    model.train_on_batch(x, targets.astype("float32"))


def learns(stack):
    """Whether training moves weights of such a member."""
    return bool(stack.sequential().trainable_weights)


LEARNING = STACKS.where(learns, "stacks of which the members are made")


@over(
    each(
        "members, classes, images and spreads",
        itertools.product([2, 3, 8], [2, 5, 30], [3, 40], [0.1, 1.0, 4.0, 6.0]),
    )
)
def the_loss_of_the_average_is_never_above_the_mean_loss(how):
    """Compare the losses of each image for members of random probabilities."""
    many, classes, images, spread = how
    random = np.random.default_rng(many * classes + images)
    logits = random.normal(size=(many, images, classes), scale=spread)
    members = np.asarray(keras.ops.softmax(logits.astype("float32")))
    answer = layers.average([keras.ops.convert_to_tensor(one) for one in members])
    checked = 0
    for right in range(classes):
        targets = np.full(images, right)

        def losses(given, targets=targets):
            of = keras.losses.sparse_categorical_crossentropy
            return np.asarray(of(targets, given))

        above = np.all(members[:, :, right] > 1e-7, axis=0)
        mean_loss = np.mean([losses(member) for member in members], axis=0)
        assert np.all(losses(answer)[above] <= mean_loss[above] + 1e-5)
        checked += above.sum()
    assert checked


@over(LEARNING)
def an_ensemble_holds_its_members_own_weights(stack):
    """Compare the weights one by one, and the answers after a step of a member."""
    for kind in ("sequential", "subclass"):
        members = members_of(stack, 2, kind)
        model = ensemble_of(stack, members)
        owned = {id(weight) for member in members for weight in member.weights}
        assert {id(weight) for weight in model.weights} == owned
        x = stack.x()
        before = np.asarray(model(x))
        taught(members[1], stack)
        assert not same(model(x), before)


@over(dataclasses.replace(LEARNING, fixed=LEARNING.fixed[::2]))
def training_an_ensemble_trains_its_members(stack):
    """Compare members, ensemble and copy after a step of the ensemble."""
    members = members_of(stack)
    model = ensemble_of(stack, members)
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    assert not {id(w) for w in copy.weights} & {id(w) for w in model.weights}
    x = stack.x()
    before = [np.asarray(member(x)) for member in members]
    for member in members:
        assert same(copy.get_layer(member.name).get_weights(), member.get_weights())
    assert same(copy.get_weights(), model.get_weights())
    if not keeps_state(stack):
        assert same(copy(x), model(x))
    weights = copy.get_weights()
    taught(model, stack)
    for member, old in zip(members, before, strict=True):
        assert not same(member(x), old)
    assert same(copy.get_weights(), weights)
    assert not same(copy(x), model(x))


@over(STACKS.where(of_keras, "stacks of layers of Keras"))
def members_of_one_name_are_refused_until_renamed(stack):
    """Put a member and its loaded copy into one ensemble."""
    (member,) = members_of(stack, 1)
    member.save("member.keras")
    loaded = keras.saving.load_model("member.keras")
    assert loaded.name == member.name
    message = ""
    try:
        ensemble_of(stack, [member, loaded])
    except ValueError as error:
        message = str(error)
    assert "member_0" in message and "unique" in message
    loaded.name = "loaded"
    model = ensemble_of(stack, [member, loaded])
    assert model.get_layer("loaded") is loaded
    assert model(stack.x()).shape[0] == len(stack.x())


@over(STACKS.where(of_keras, "stacks of layers of Keras"))
def an_ensemble_is_one_file(stack):
    """Compare the outputs of a loaded ensemble and of the members in it."""
    kind = ("sequential", "functional")[len(stack.name) % 2]
    members = members_of(stack, kind=kind)
    model = ensemble_of(stack, members)
    model.save("ensemble.keras")
    whole = keras.saving.load_model("ensemble.keras")
    x = stack.x()
    assert same(whole(x), model(x))
    for member in members:
        again = whole.get_layer(member.name)
        assert type(again) is type(member)
        assert same(again(x), member(x))


@over(
    dataclasses.replace(STACKS, fixed=STACKS.fixed[1::2])
    .where(lambda stack: stack.sequential().weights)
    .where(
        lambda stack: not any(layer.weights for layer in stack.new_layers()),
        "stacks that build all their weights",
    )
)
def loading_drops_the_member_from_the_path(stack):
    """Look at the path of every weight of new and of loaded members."""
    members = []
    for name in ("member_0", "member_1"):
        steps = stack.new_layers()
        members.append(keras.Sequential([stack.input(), *steps], name=name))
    ensemble_of(stack, members).save("ensemble.keras")
    whole = keras.saving.load_model("ensemble.keras")
    for member in members:
        again, start = whole.get_layer(member.name), f"{member.name}/"
        assert all(weight.path.startswith(start) for weight in member.weights)
        assert not any(weight.path.startswith(start) for weight in again.weights)


@keras.saving.register_keras_serializable("ensembles")
class Configured(keras.Model):
    """Averages its members, and can be saved."""

    def __init__(self, members, **kwargs):
        super().__init__(**kwargs)
        self.members = members

    def call(self, x, training=False):
        """Return the mean of the answers."""
        answers = [member(x, training=training) for member in self.members]
        return layers.average(answers)

    def get_config(self):
        """Return the members, too."""
        members = keras.saving.serialize_keras_object(list(self.members))
        return {**super().get_config(), "members": members}

    @classmethod
    def from_config(cls, config):
        """Make the members first."""
        members = keras.saving.deserialize_keras_object(config.pop("members"))
        return cls(members, **config)


@over(STACKS.where(lambda stack: "stateful" not in stack.list_code))
def a_subclassed_ensemble_needs_a_config_to_be_saved(stack):
    """Compare outputs with the functional ensemble; save without and with a config."""

    class Ensemble(keras.Model):
        def __init__(self, members, **kwargs):
            super().__init__(**kwargs)
            self.members = members

        def call(self, x, training=False):
            answers = [member(x, training=training) for member in self.members]
            return layers.average(answers)

    members, x = members_of(stack), stack.x()
    subclass, configured = Ensemble(members), Configured(members)
    model = ensemble_of(stack, members)
    weights = [weight.numpy() for member in members for weight in member.weights]
    found = []
    for each_of in (model, subclass, configured):
        found.append(np.asarray(each_of(x)))
        each_of.set_weights(weights)
    assert same(found[1], found[0])
    message = ""
    try:
        subclass.save("subclass.keras")
    except NotImplementedError as error:
        message = str(error)
    assert "the object must override `get_config()`" in message
    configured.save("configured.keras")
    loaded = keras.saving.load_model("configured.keras")
    assert same(loaded(x), found[0])
