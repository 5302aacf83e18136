CREATE DATABASE verwerkingenlog;
