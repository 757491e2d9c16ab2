//! The series that are found while a text is read: which points are of one.

use std::collections::HashMap;

use super::{Point, Series};

/// The most points that are kept of one text.
const POINTS: usize = 2_000_000;

/// Series by what they are of, their instance and their measure.
#[derive(Debug, Default)]
pub(super) struct Found {
    series: Vec<Series>,
    known: HashMap<(String, String, String), usize>,
    points: usize,
    /// Points that are too many to be kept.
    pub(super) over: usize,
}

impl Found {
    /// The place of a series, which is made where there is none.
    pub(super) fn of(&mut self, subject: &str, instance: &str, metric: &str) -> usize {
        let key = (subject.to_owned(), instance.to_owned(), metric.to_owned());
        *self.known.entry(key).or_insert_with_key(|(subject, instance, metric)| {
            let (subject, instance, metric) = (subject.clone(), instance.clone(), metric.clone());
            self.series.push(Series { subject, instance, metric, points: Vec::new() });
            self.series.len() - 1
        })
    }

    /// Adds a point to the series of that place.
    pub(super) fn push(&mut self, place: usize, point: Point) {
        if self.points >= POINTS {
            self.over += 1;
        } else if let Some(series) = self.series.get_mut(place) {
            self.points += 1;
            series.points.push(point);
        }
    }

    /// Adds a list of points: to the series of that name where it goes on in time, else to one of its own, since
    /// no measure runs backwards.
    pub(super) fn join(&mut self, subject: &str, instance: &str, metric: &str, points: Vec<Point>) {
        let mut place = self.of(subject, instance, metric);
        let last = self.series.get(place).and_then(|s| s.points.last());
        let goes_on = |(last, first): (&Point, &Point)| last.at.order(&first.at).is_some_and(|o| o.is_lt());
        if !last.zip(points.first()).is_none_or(goes_on) {
            let (subject, instance, metric) = (subject.to_owned(), instance.to_owned(), metric.to_owned());
            place = self.series.len();
            self.known.insert((subject.clone(), instance.clone(), metric.clone()), place);
            self.series.push(Series { subject, instance, metric, points: Vec::new() });
        }
        points.into_iter().for_each(|p| self.push(place, p));
    }

    /// Every series with points, by name.
    pub(super) fn done(self) -> Vec<Series> {
        let mut all = self.series;
        all.retain(|s| !s.points.is_empty());
        all.sort_by(|a, b| (&a.subject, &a.instance, &a.metric).cmp(&(&b.subject, &b.instance, &b.metric)));
        all
    }
}
